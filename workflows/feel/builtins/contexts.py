"""Context functions."""

from workflows.feel.builtins.registry import builtin
from workflows.feel.values import FeelValue

Context = dict[str, FeelValue]


@builtin("get value", "context: context", "key: string")
def get_value(context: Context, key: str) -> FeelValue:
    return context.get(key)


@builtin("get value", "context: context", "keys: list")
def get_value_at(context: Context, keys: list[FeelValue]) -> FeelValue:
    if not keys:
        return None
    value: FeelValue = context
    for key in keys:
        if not isinstance(value, dict) or not isinstance(key, str):
            return None
        value = value.get(key)
    return value


@builtin("get entries", "context: context")
def get_entries(context: Context) -> FeelValue:
    return [{"key": key, "value": value} for key, value in context.items()]


@builtin("context put", "context: context", "key: string", "value: any")
@builtin("put", "context: context", "key: string", "value: any")
def context_put(context: Context, key: str, value: FeelValue) -> FeelValue:
    return {**context, key: value}


@builtin("context put", "context: context", "keys: list", "value: any")
def context_put_at(context: Context, keys: list[FeelValue], value: FeelValue) -> FeelValue:
    """Put a value at the end of a path; a context on the way that is missing, or is none, is made."""
    path = [key for key in keys if isinstance(key, str)]
    if not path or len(path) < len(keys):
        return None
    built: Context = dict(context)
    place = built
    for key in path[:-1]:
        inner = place.get(key)
        place[key] = copied = dict(inner) if isinstance(inner, dict) else {}
        place = copied
    place[path[-1]] = value
    return built


@builtin("context merge", "contexts*: context")
@builtin("context merge", "contexts: list")
@builtin("put all", "contexts*: context")
def context_merge(contexts: list[FeelValue]) -> FeelValue:
    merged: Context = {}
    for context in contexts:
        if not isinstance(context, dict):
            return None
        merged |= context
    return merged
