"""The contract test kit, for authors of plugins: `check_task("colorize")` in a test says what is broken.

`pytest_plugins = ["gantool.testing.fixtures"]` in a test module brings fixtures.
"""

from gantool.testing.checking import check_task
from gantool.testing.command import Answer, Command
from gantool.testing.finding import Check, ContractError, Finding
from gantool.testing.pictures import write_pairs, write_pictures

__all__ = [
    "Answer",
    "Check",
    "Command",
    "ContractError",
    "Finding",
    "check_task",
    "write_pairs",
    "write_pictures",
]
