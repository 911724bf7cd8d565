"""What a script can say, what comes back from it, and how its errors read."""

from collections.abc import Callable

import pytest

from workflows.errors import BpmnError, ExpressionError
from workflows.scripts import compile_script
from workflows.values import JsonValue, Variables


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        ("", {}),
        ("# nothing", {}),
        ("proceed = True", {"proceed": True}),
        ("total = 1 + 2 * 3 - 4 / 2", {"total": 5.0}),
        ("a, (b, *c) = 1, (2, 3, 4)", {"a": 1, "b": 2, "c": [3, 4]}),
        ("a = b = [1]\na.append(2)", {"a": [1, 2], "b": [1, 2]}),
        ("x = 5\nx += 1\nx **= 2", {"x": 36}),
        ("x = {'a': [1]}\nx['a'][0] += 4\nx['b'] = 2", {"x": {"a": [5], "b": 2}}),
        ("x = [1, 2, 3]\ndel x[0]\nx[0:1] = [7, 8]", {"x": [7, 8, 3]}),
        ("x = [_i * 2 for _i in range(4) if _i]", {"x": [2, 4, 6]}),
        ("x = {_k: _v for _k, _v in zip('ab', [1, 2])}", {"x": {"a": 1, "b": 2}}),
        ("x = sum(_i for _i in range(10))", {"x": 45}),
        ("x = []\nfor _i, _c in enumerate('ab'):\n    x.append([_i, _c])", {"x": [[0, "a"], [1, "b"]]}),
        ("x = 0\nwhile x < 5:\n    x += 2\n    if x == 4:\n        break\nelse:\n    x = 9", {"x": 4}),
        ("def double(n, *, by=2):\n    return n * by\nx = double(3) + double(1, by=5)", {"x": 11}),
        ("def f(*a, **k):\n    return [list(a), k]\nx = f(*[1, 2], **{'b': 3})", {"x": [[1, 2], {"b": 3}]}),
        ("count = 0\ndef add():\n    global count\n    count += 1\nadd()\nadd()", {"count": 2}),
        ("x = sorted([3, 1, 2], key=lambda n: -n)", {"x": [3, 2, 1]}),
        ("x = max(1, 5) - min([2, 3]) + abs(-1) + round(2.6) + len('abc')", {"x": 10}),
        ("x = any([0, 1]) and all([1, 1]) and not bool(0)", {"x": True}),
        ("x = list(reversed(list(map(str, filter(None, [1, 0, 2])))))", {"x": ["2", "1"]}),
        ("x = {3, 1, 2}", {"x": [1, 2, 3]}),
        ("x = (1, 'a')", {"x": [1, "a"]}),
        ("x = f'{3.14159:.2f} {\"a\"!r:>5}'", {"x": "3.14   'a'"}),
        ("x = '%s owes %d' % ('Ada', 5)", {"x": "Ada owes 5"}),
        ("x = ' Ada '.strip().upper().replace('D', '-')", {"x": "A-A"}),
        ("x = ','.join('a b'.split())", {"x": "a,b"}),
        ("x = {'a': 1}.get('b', 2)", {"x": 2}),
        ("x = Decimal('1.10') + Decimal('2.20')", {"x": 3.3}),
        ("x = Decimal('2.50') * 2", {"x": 5}),
        ("x = str(Decimal('1.10') + Decimal('2.20'))", {"x": "3.30"}),
        ("x = math.sqrt(16) + math.floor(1.5) + math.gcd(4, 6)", {"x": 7.0}),
        ("x = now", {"x": "2026-03-01T09:30:00+00:00"}),
        ("x = (now + timedelta(days=1, hours=2)).isoformat()", {"x": "2026-03-02T11:30:00+00:00"}),
        ("x = date(2026, 3, 1).weekday() + now.isocalendar().week", {"x": 15}),
        ("x = (date(2026, 3, 1) - date(2026, 2, 1)).days", {"x": 28}),
        ("x = datetime.strptime('2026-03-01 10:00 +0100', '%Y-%m-%d %H:%M %z')", {"x": "2026-03-01T10:00:00+01:00"}),
        ("x = now.strftime('%d.%m.%Y')", {"x": "01.03.2026"}),
        ("x = f'{now:%H:%M} {Decimal(5):.2f}'", {"x": "09:30 5.00"}),
        ("x = datetime(2026, 1, 1, tzinfo=timezone.utc)", {"x": "2026-01-01T00:00:00+00:00"}),
        ("x = isinstance(1, int) and isinstance('a', (int, str))", {"x": True}),
        ("x = 1 if True else 2", {"x": 1}),
        ("x = [y := 5, y + 1]", {"x": [5, 6], "y": 5}),
        ("try:\n    x = 1 / 0\nexcept ZeroDivisionError:\n    x = 'inf'\nfinally:\n    y = 1", {"x": "inf", "y": 1}),
        ("try:\n    raise ValueError('no')\nexcept Exception as e:\n    x = str(e)", {"x": "no"}),
        ("try:\n    raise BpmnError('A', 'b')\nexcept BpmnError as e:\n    x = e.code + e.message", {"x": "Ab"}),
        ("assert 1 == 1", {}),
        ("    x = 1\n    if x:\n        y = 2", {"x": 1, "y": 2}),
    ],
)
def test_a_script_returns_the_variables_it_sets(run: Callable[..., Variables], source: str, changes: Variables) -> None:
    assert run(source) == changes


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        ("amount = amount + 1", {"amount": 6}),
        ("items.append(3)", {"items": [1, 2, 3]}),
        ("items[0] = 1", {}),
        ("patient['tags'].append('new')", {"patient": {"tags": ["new"]}}),
        ("copy = items", {"copy": [1, 2]}),
        ("amount = 5", {}),
        ("amount = 5.0", {"amount": 5.0}),
        ("flag = 1", {"flag": 1}),
        ("flag = bool(1)", {}),
        ("del amount", {}),
        ("amount = None", {"amount": None}),
        ("_scratch = amount", {}),
        ("helper = lambda: 1\ndef other(): return 2", {}),
        ("length = len\nkind = dict", {}),
        ("sum = sum + 1", {"sum": 101}),
    ],
)
def test_only_what_the_script_changed_comes_back(
    run: Callable[..., Variables], source: str, changes: Variables
) -> None:
    result = run(source, amount=5, items=[1, 2], patient={"tags": []}, flag=True, sum=100)
    assert result == changes
    assert [type(value) for value in result.values()] == [type(value) for value in changes.values()]


def test_the_variables_of_the_caller_stay_as_they_were(run: Callable[..., Variables]) -> None:
    items: JsonValue = [1]
    run("items.append(2)", items=items)
    assert items == [1]


def test_a_variable_can_not_take_the_place_of_a_guard(run: Callable[..., Variables]) -> None:
    assert run("x = [1][0]", _getitem_="broken", __builtins__={}) == {"x": 1}


def test_nothing_stays_from_one_run_to_the_next(run: Callable[..., Variables]) -> None:
    run("left = 1\nlen = 5")
    with pytest.raises(ExpressionError, match="variable 'left' is not set here"):
        run("x = left")
    assert run("x = len('ab')") == {"x": 2}


def test_a_bpmn_error_reaches_the_caller_with_code_and_message(run: Callable[..., Variables]) -> None:
    with pytest.raises(BpmnError) as raised:
        run("if not slots:\n    raise BpmnError('NO_SLOT', 'nothing is free')", slots=[])
    assert (raised.value.code, raised.value.message) == ("NO_SLOT", "nothing is free")


def test_a_bpmn_error_needs_no_message(run: Callable[..., Variables]) -> None:
    with pytest.raises(BpmnError, match="NO_SLOT"):
        run("raise BpmnError('NO_SLOT')")


@pytest.mark.parametrize(
    ("source", "reason", "position"),
    [
        ("x = 1\n\ny = 1 / 0", "line 3: ZeroDivisionError: division by zero", 7),
        ("x = missing", "line 1: variable 'missing' is not set here", 0),
        ("x = 1\nx = {}['a']", "line 2: KeyError: 'a'", 6),
        ("def f():\n    return [][1]\nf()", "line 2: IndexError", 9),
        ("raise ValueError('too late')", "line 1: ValueError: too late", 0),
        ("assert 1 == 2, 'no'", "line 1: AssertionError: no", 0),
        ("x = max", "", None),
        ("x = {1: 2}", "x has the key 1; keys are strings", None),
        ("x = zip()", "x has type zip, which no process variable can hold", None),
        ("x = datetime(2026, 1, 1)", "x is a date and time without a time zone", None),
        ("x = math.inf", "x is inf: a variable holds finite numbers only", None),
        ("x = {1, 'a'}", "TypeError", None),
        ("x = 10 ** 5000", "Exceeds the limit", None),
        ("x = 1\nx()", "line 2: TypeError", 6),
    ],
)
def test_a_failing_script_says_where_and_why(
    run: Callable[..., Variables], source: str, reason: str, position: int | None
) -> None:
    if not reason:
        assert run(source) == {}
        return
    with pytest.raises(ExpressionError, match=reason) as error:
        run(source)
    assert error.value.position == position
    assert error.value.source == source


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("x = (", "line 1: this is not Python"),
        ("x = 1\n y = 2", "line 2: this is not Python"),
        ("x = 1\nimport os", "line 2: imports are not available"),
        ("from math import sqrt", "imports are not available"),
        ("class A: pass", "classes are not available"),
        ("class A(metaclass=f): pass", "classes are not available"),
        ("def f():\n    yield 1", "line 2: generators are not available"),
        ("def f():\n    yield from []", "generators are not available"),
        ("async def f(): pass", "async is not available"),
        ("x: int = 1", "annotations are not available"),
        ("with a as b: pass", "with is not available"),
        ("match a:\n    case 1: pass", "match is not available"),
        ("try:\n    pass\nexcept* ValueError:\n    pass", r"except\* is not available"),
        ("try:\n    pass\nexcept:\n    pass", "line 3: write `except Exception`"),
        ("def f():\n    x = 1\n    def g():\n        nonlocal x", "nonlocal is not available"),
        ("print('x')", "print is not available; set a variable"),
        ("exec('x')", "Exec calls are not allowed"),
        ("eval('x')", "Eval calls are not allowed"),
        ("x = patient.name", r"no value in a script has the attribute 'name'; read an entry as value\['name'\]"),
        ("patient.name = 1", "no value in a script has the attribute 'name'"),
        ("date.year = 1", "attributes can't be set"),
        ("x = now.now()", "a script has one clock"),
        ("x = date.today()", "a script has one clock"),
        ("_getattr_ = 1", "invalid variable name"),
        ("def __init__(): pass", "invalid variable name"),
        ("def f(_print): pass", "invalid variable name"),
        ("lambda __x: 1", "invalid variable name"),
        ("def f():\n    global _write_", "invalid variable name"),
        ("return 1", "'return' outside function"),
        ("x = 1\0", "this is not Python"),
        ("x = '\ud800'", "this is not Python"),
        ("x = " + "(" * 300 + ")" * 300, "this is not Python"),
        ("x = " + "-" * 15000 + "1", "this is not Python"),
        ("x" * 20_001, "at most 20,000 characters"),
    ],
)
def test_what_no_script_may_have_is_refused_at_deployment(source: str, reason: str) -> None:
    with pytest.raises(ExpressionError, match=reason):
        compile_script(source)
