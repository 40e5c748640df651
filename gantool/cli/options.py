"""From dataclass fields to typed command-line options, so that a plugin never handles a dict."""

from __future__ import annotations

import copy
import functools
import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer
import typer.main
from typer.models import OptionInfo

from gantool.cli.lazy import verbatim
from gantool.errors import GantoolError, PluginError, UsageError
from gantool.flags import declared, usual

_RESERVED = {"--help": "gantool"}

_FLAG = re.compile(r"(?<![\w-])--[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class _Group:
    """One options class: the argument it is passed as, and the parameters its fields became."""

    argument: str
    options: type[Any]
    parameters: tuple[inspect.Parameter, ...]
    prefix: str = ""
    as_values: bool = False

    def collect(self, arguments: dict[str, Any]) -> Any:
        """Take this group's values out of `arguments` and return them as one instance, or as they are."""
        start = len(parameter_name(self.prefix, ""))
        values = {parameter.name[start:]: arguments.pop(parameter.name) for parameter in self.parameters}
        if self.as_values:
            return values
        try:
            return self.options(**values)
        except GantoolError as failure:
            raise UsageError(self._as_called(failure.message), self._as_called(failure.remedy)) from failure
        except ValueError as failure:
            raise UsageError(self._as_called(str(failure))) from failure

    def _as_called(self, text: str) -> str:
        return _as_called(text, self.options, self.prefix)


def with_options(
    function: Callable[..., Any],
    options: Mapping[str, type[Any]],
    *,
    panel: str | None = None,
    prefix: str = "",
    as_values: bool = False,
) -> Callable[..., Any]:
    """Return `function` with the fields of each options class as further command-line options.

    Each item of `options` names a parameter of `function` and the dataclass it takes. That parameter
    leaves the signature, the fields (`Annotated[T, typer.Option(...)]` with a default) join it by
    keyword, and a call gathers their values into an instance. `foo_bar` becomes `--foo-bar`, and with a
    prefix `--PREFIX.foo-bar`.

    Args:
        function: a command; its own options stay as they are. Instead of a parameter for each item of
            `options` it may have `**groups`.
        options: parameter name to options class.
        panel: title over these options in `--help`, for fields that name none.
        prefix: what every flag begins with, a dot behind it; short flags are then left out.
        as_values: gather a mapping of fields to values instead, for a command that lays flags over a file:
            what they leave open the file may say, so that the class cannot judge them alone.

    Raises:
        PluginError: a field that cannot be an option, or one whose flag or name is taken.

    The returned function raises UsageError where an options class refuses its values.
    """
    signature = inspect.signature(function, eval_str=True)
    own = tuple(
        item
        for item in signature.parameters.values()
        if item.name not in options and item.kind is not inspect.Parameter.VAR_KEYWORD
    )
    groups = tuple(
        _Group(name, kind, _parameters(kind, panel, prefix), prefix, as_values)
        for name, kind in options.items()
    )
    _refuse_collisions(function, own, groups)

    @functools.wraps(function)
    def command(**arguments: Any) -> Any:
        gathered = {group.argument: group.collect(arguments) for group in groups}
        return function(**arguments, **gathered)

    parameters = [*own, *(parameter for group in groups for parameter in group.parameters)]
    _sign(command, parameters)
    return command


def _sign(command: Callable[..., Any], parameters: Sequence[inspect.Parameter]) -> None:
    """Give `command` a signature of keyword parameters, and annotations that agree with it."""
    keyword = [item.replace(kind=inspect.Parameter.KEYWORD_ONLY) for item in parameters]
    command.__signature__ = inspect.Signature(keyword)  # type: ignore[attr-defined]
    command.__annotations__ = {item.name: item.annotation for item in keyword}
    del command.__wrapped__  # type: ignore[attr-defined]  # else its annotations would be read instead


def parameter_name(prefix: str, field: str) -> str:
    """Return the name of the parameter that stands for an options class's field."""
    return f"{prefix.replace('-', '_')}__{field}" if prefix else field


def stated(ctx: typer.Context, options: type[Any], prefix: str = "") -> frozenset[str]:
    """Return the fields of an options class that stand on the command line, whatever their values."""
    return frozenset(
        field.name for field in fields(options) if _is_stated(ctx, parameter_name(prefix, field.name))
    )


def _is_stated(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _parameters(options: type[Any], panel: str | None, prefix: str) -> tuple[inspect.Parameter, ...]:
    if not (isinstance(options, type) and is_dataclass(options)):
        raise PluginError(f"{_name(options)} holds options but is not a dataclass")
    hints = get_type_hints(options, include_extras=True)
    return tuple(
        inspect.Parameter(
            parameter_name(prefix, field.name),
            inspect.Parameter.KEYWORD_ONLY,
            default=_default(options, field),
            annotation=_annotation(options, field, hints[field.name], _Style(panel, prefix)),
        )
        for field in fields(options)
        if field.init
    )


def _default(options: type[Any], field: Field[Any]) -> object:
    if field.default is not MISSING:
        return field.default
    if field.default_factory is not MISSING:
        return field.default_factory()
    raise PluginError(f"option {field.name!r} of {_name(options)} has no default")


@dataclass(frozen=True)
class _Style:
    """How options are shown: the panel they stand in, and what their flags begin with."""

    panel: str | None
    prefix: str


def _annotation(options: type[Any], field: Field[Any], hint: Any, style: _Style) -> Any:
    """Return the field's annotation, its `typer.Option` put into `panel` unless it names one itself."""
    infos = _infos(hint)
    if get_origin(hint) is not Annotated or len(infos) != 1:
        raise PluginError(f"field {field.name!r} of {_name(options)} is not Annotated with one typer.Option")
    info = copy.copy(infos[0])
    info.help = verbatim(_as_called(info.help, options, style.prefix)) if info.help else None
    info.rich_help_panel = (style.prefix and style.panel) or info.rich_help_panel or style.panel
    if style.prefix:
        info.param_decls = _prefixed(style.prefix, field.name, info, get_args(hint)[0])
        info.default = ...  # Else Typer takes it for a further flag, and the unprefixed one works, too.
    return Annotated[get_args(hint)[0], info]


def _infos(hint: Any) -> list[OptionInfo]:
    return [item for item in get_args(hint)[1:] if isinstance(item, OptionInfo)]


def _prefixed(prefix: str, field: str, info: OptionInfo, kind: Any) -> tuple[str, ...]:
    """Return the flags of a field, `--PREFIX.` in the place of `--`; short ones are left out."""
    plain = usual(field)
    both = f"{plain}/{plain.replace('--', '--no-', 1)}" if kind is bool else plain
    flags = declared(info) or (both,)
    return tuple(flag.replace("--", f"--{prefix}.") for flag in flags if flag.startswith("--"))


def _as_called(text: str, options: type[Any], prefix: str) -> str:
    """Return what a plugin says with its options' flags as they are called here, prefix and all."""
    if not prefix:
        return text
    hints = get_type_hints(options, include_extras=True)
    declarations = ((name, info) for name, hint in hints.items() for info in _infos(hint))
    own = {flag for name, info in declarations for flag in declared(info) or (usual(name),)}
    return _FLAG.sub(lambda flag: f"--{prefix}.{flag[0][2:]}" if flag[0] in own else flag[0], text)


def _refuse_collisions(
    function: Callable[..., Any], own: Sequence[inspect.Parameter], groups: Iterable[_Group]
) -> None:
    """Raise PluginError when two options would share a flag or a parameter name."""
    command = function.__name__.replace("_", "-")
    taken = dict(_RESERVED)
    for flag in _flags(own):
        taken[flag] = f"command {command!r}"
    for group in groups:
        owner = _name(group.options)
        for flag in _flags_of_plugin(owner, group.parameters):
            if flag in taken:
                raise PluginError(
                    f"option {flag} of {owner} is already an option of {taken[flag]}",
                    "rename the field, or its flag",
                )
            taken[flag] = owner


def _flags_of_plugin(owner: str, parameters: Sequence[inspect.Parameter]) -> tuple[str, ...]:
    try:
        return _flags(parameters)
    except Exception as failure:  # Typer refuses unsupported types with several kinds of exception
        raise PluginError(f"the options of {owner} are refused by Typer: {failure}") from failure


def _flags(parameters: Sequence[inspect.Parameter]) -> tuple[str, ...]:
    """Return what Typer makes of the parameters: names (as `NAME`) and flags, `--no-x` included."""

    def probe() -> None: ...

    probe.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [item.replace(kind=inspect.Parameter.KEYWORD_ONLY) for item in parameters]
    )
    app = typer.Typer(add_completion=False)
    app.command()(probe)
    made = typer.main.get_command(app).params
    flags = [flag for item in made for flag in (*item.opts, *item.secondary_opts)]
    return tuple(dict.fromkeys([*(str(item.name) for item in made), *flags]))


def _name(options: Any) -> str:
    return f"{getattr(options, '__module__', '?')}.{getattr(options, '__qualname__', options)}"
