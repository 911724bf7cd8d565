"""Known ways out of a Python sandbox. Each is refused at deployment or fails when it runs, and the runner serves on.

The advisories of RestrictedPython stand here by their numbers: CVE-2023-37271 (stack frames by generators),
CVE-2023-41039 (format strings), CVE-2024-47532 (`AttributeError.obj` and the string module), CVE-2025-22153
(type confusion by `except*`).
"""

from collections.abc import Callable

import pytest

from workflows.errors import ExpressionError
from workflows.values import Variables

REFUSED = [
    # walks from a value to all classes
    "x = ().__class__.__base__.__subclasses__()",
    "x = ''.__class__.__mro__[1].__subclasses__()",
    "x = [].__class__",
    "x = type('').__mro__",
    "x = int.mro()",
    "x = (lambda: 0).__globals__",
    "x = (lambda: 0).__code__",
    "def f(): pass\nx = f.__closure__",
    "x = len.__self__",
    "x = math.__loader__.load_module('os')",
    "x = now.__reduce__()",
    "x = str.__dict__",
    "x = f'{().__class__}'",
    "x = f'{1:{().__class__}}'",
    "x = ().\uff3f\uff3fclass\uff3f\uff3f",
    "\uff3fgetattr\uff3f = 1",
    "@().__class__\ndef f(): pass",
    "def f(x=().__class__): pass",
    "x = [y for y in [1] if ().__class__]",
    "x: ().__class__ = 1",
    "x[().__class__] += 1",
    "x.__dict__['a'] += 1",
    "x.__class__ += 1",
    "for x.__class__ in [1]: pass",
    "(x.__class__, y) = 1, 2",
    "[x.__class__ for x.__class__ in [1]]",
    "del x.__class__",
    # CVE-2023-41039: format strings
    "x = '{0.__class__}'.format(1)",
    "x = '{x.__class__}'.format_map({'x': 1})",
    "x = str.format('{0.__class__}', 1)",
    "x = list(map(str.format, ['{0.__class__}'], [1]))",
    "f = ''.format",
    "import string\nx = string.Formatter()",
    # CVE-2023-37271: frames behind generators, tracebacks, coroutines
    "g = (g.gi_frame.f_back.f_back for x in [1])\nx = list(g)",
    "g = (1 for x in [1])\nx = g.gi_frame",
    "g = (1 for x in [1])\nx = g.gi_code",
    "def f():\n    yield g.gi_frame.f_back\ng = f()",
    "try:\n    1 / 0\nexcept Exception as e:\n    x = e.__traceback__.tb_frame.f_globals",
    "try:\n    1 / 0\nexcept Exception as e:\n    x = e.with_traceback(None).tb_frame",
    "x = f.f_builtins",
    "x = f.f_generator",
    "async def f(): pass\nx = f().cr_frame",
    # CVE-2024-47532: what an AttributeError refers to
    "try:\n    ''.zzz\nexcept AttributeError as e:\n    x = e.obj",
    "x = string.obj",
    # CVE-2025-22153: type confusion
    "try:\n    raise ValueError\nexcept* ValueError as e:\n    pass",
    "try:\n    pass\nexcept* Exception:\n    pass",
    # code and modules
    "import os",
    "from os import system",
    "from . import x",
    "x = __import__('os')",
    "x = __builtins__",
    "x = __name__",
    "exec('import os')",
    "eval('1')",
    # rebinding what the checked code calls
    "_getattr_ = lambda o, n: o",
    "def _getitem_(o, k): return o",
    "for _write_ in []: pass",
    "x = [_getiter_ := 1]",
    "try:\n    pass\nexcept Exception as _apply_:\n    pass",
    "def f(*, _getattr_=1): pass",
    "lambda *_inplacevar_: 1",
    "global __builtins__",
    "del _getattr_",
    "_tmp0 = 1",
    # classes that hook into operations
    "class A(str):\n    def __eq__(self, other): return True",
    "class A(metaclass=lambda *a: 1): pass",
    # catching the limits
    "while True:\n    try:\n        pass\n    except:\n        pass",
]

FAILING = [
    ("x = getattr('', '__class__')", "'getattr' is not set"),
    ("x = hasattr('', '__class__')", "'hasattr' is not set"),
    ("setattr(date, 'x', 1)", "'setattr' is not set"),
    ("x = type('A', (), {})", "'type' is not set"),
    ("x = object()", "'object' is not set"),
    ("x = vars()", "'vars' is not set"),
    ("x = dir('')", "'dir' is not set"),
    ("x = globals()", "'globals' is not set"),
    ("x = locals()", "'locals' is not set"),
    ("x = super()", "'super' is not set"),
    ("x = compile('1', '', 'eval')", "'compile' is not set"),
    ("x = open('/etc/passwd')", "'open' is not set"),
    ("x = input()", "'input' is not set"),
    ("x = memoryview(b'')", "'memoryview' is not set"),
    ("x = id(1)", "'id' is not set"),
    ("try:\n    pass\nexcept BaseException:\n    pass\nx = BaseException", "'BaseException' is not set"),
    ("raise SystemExit", "'SystemExit' is not set"),
    ("raise KeyboardInterrupt", "'KeyboardInterrupt' is not set"),
    ("breakpoint", "'breakpoint' is not set|reserved"),
    ("x = string.ascii_letters", "no value|'string' is not set"),
    ("x = (lambda: 0).real", "function has no attribute 'real'"),
    ("x = (1 for y in [1]).index", "generator has no attribute 'index'"),
    ("x = len.real", "builtin_function_or_method has no attribute 'real'"),
    ("try:\n    1 / 0\nexcept Exception as e:\n    x = e.code", "ZeroDivisionError has no attribute 'code'"),
    ("date['x'] = 1", "entries of a type can't be set"),
    ("math['x'] = 1", "entries of a SimpleNamespace can't be set"),
    ("'a'[0] = 1", "entries of a str can't be set"),
    ("'a'[0] += 'b'", "entries of a str can't be set"),
    ("x = '%(a.__class__)s' % {'a': 1}", "KeyError"),
    ("def f():\n    def g(): pass\n    g['x'] = 1\nf()", "entries of a function can't be set"),
    ("x = max(key=(lambda y: y).real)", "function has no attribute"),
    ("def f(): pass\nx = f.index", "function has no attribute"),
    ("x = f'{0!r:{1}{2}q}'", "ValueError"),
]


@pytest.mark.parametrize("source", REFUSED)
def test_a_known_escape_is_refused_at_deployment(run: Callable[..., Variables], source: str) -> None:
    with pytest.raises(ExpressionError, match=r"line \d: ") as refusal:
        run(source)
    assert refusal.value.position is not None


@pytest.mark.parametrize(("source", "reason"), FAILING)
def test_a_known_escape_fails_when_it_runs(run: Callable[..., Variables], source: str, reason: str) -> None:
    with pytest.raises(ExpressionError, match=reason):
        run(source)
    assert run("x = 1") == {"x": 1}
