"""What the option of a dataclass field is called on the command line. Torch-free."""

from __future__ import annotations

from typer.models import OptionInfo


def declared(info: OptionInfo) -> tuple[str, ...]:
    """Return the flags that a field's `typer.Option` names, such as `--json`; empty where it names none.

    Inside `Annotated` Typer keeps the first of them as the option's default until the command is made.
    """
    first = (info.default,) if isinstance(info.default, str) else ()
    return (*first, *(info.param_decls or ()))


def usual(field: str) -> str:
    """Return the flag that a field has where it names none: `--foo-bar` of `foo_bar`."""
    return f"--{field.replace('_', '-')}"
