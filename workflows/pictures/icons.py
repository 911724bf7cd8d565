"""The markers of BPMN as SVG paths around the point (0, 0), about sixteen units wide."""

from math import cos, pi, sin


def _polygon(corners: int, radius: float, turn: float = 0.0) -> str:
    points = [(turn + 2 * pi * corner / corners - pi / 2, radius) for corner in range(corners)]
    return "M" + " L".join(f"{r * cos(a):.2f} {r * sin(a):.2f}" for a, r in points) + " Z"


def _circle(radius: float) -> str:
    return f"M{-radius} 0 A{radius} {radius} 0 1 1 {radius} 0 A{radius} {radius} 0 1 1 {-radius} 0 Z"


def _gear() -> str:
    teeth = []
    for tooth in range(8):
        middle = 2 * pi * tooth / 8
        for shift, radius in ((-0.30, 5.4), (-0.18, 7.6), (0.18, 7.6), (0.30, 5.4)):
            teeth.append(f"{radius * cos(middle + shift):.2f} {radius * sin(middle + shift):.2f}")
    return "M" + " L".join(teeth) + " Z " + _circle(2.6)


def _clock() -> str:
    ticks = "".join(
        f" M{7 * cos(a):.2f} {7 * sin(a):.2f} L{8.6 * cos(a):.2f} {8.6 * sin(a):.2f}"
        for a in (hour * pi / 6 for hour in range(12))
    )
    return _circle(9) + ticks + " M0.5 -6 L0 0 L4.5 0.5"


_ENVELOPE = "M-8.5 -6 H8.5 V6 H-8.5 Z M-8.5 -6 L0 1 L8.5 -6"
_SEALED = "M-8.5 -6 H8.5 L0 0.6 Z M-8.5 -4 L0 2.6 L8.5 -4 V6 H-8.5 Z"
_PAGE = "M-6 -8 H6 V8 H-6 Z M-4 -4.8 H4 M-4 -1.6 H4 M-4 1.6 H4 M-4 4.8 H4"

EVENTS = {
    "message": _ENVELOPE,
    "timer": _clock(),
    "signal": _polygon(3, 9.5),
    "error": "M-8.5 8 L-3.5 -7.5 L2.5 2 L8 -8.5 L3.8 7.5 L-2.2 -1.8 Z",
    "escalation": "M0 -9 L7 8.5 L0 1 L-7 8.5 Z",
    "conditional": _PAGE,
    "link": "M-9 -4 H2 V-8 L9.5 0 L2 8 V4 H-9 Z",
    "terminate": _circle(10.5),
    "cancel": "M-8.5 -5.5 L-5.5 -8.5 L0 -3 L5.5 -8.5 L8.5 -5.5 L3 0 L8.5 5.5 L5.5 8.5 L0 3 L-5.5 8.5 L-8.5 5.5 L-3 0 Z",
    "compensate": "M-9.5 0 L-1 -6.5 V6.5 Z M-1 0 L7.5 -6.5 V6.5 Z",
    "multiple": _polygon(5, 9.5),
    "parallelMultiple": "M-3 -9 H3 V-3 H9 V3 H3 V9 H-3 V3 H-9 V-3 H-3 Z",
}
"""By the first part of an event definition's name."""

SEALED_MESSAGE = _SEALED

TASKS = {
    "userTask": "M-3.4 -4.2 A3.4 3.4 0 1 1 3.4 -4.2 A3.4 3.4 0 1 1 -3.4 -4.2 Z"
    " M-7.5 8 C-7.5 1.5 -4 0 0 0 C4 0 7.5 1.5 7.5 8 Z",
    "serviceTask": _gear(),
    "scriptTask": "M-3 -8 H7.5 C3 -4.5 8.5 0 6 4 C5 6 4.5 7 4.5 8 H-7 C-4 5 -7.5 1 -6 -3 C-5.3 -5 -4.5 -7 -3 -8 Z"
    " M-2.8 -4.6 H3.6 M-3.6 -1.2 H4 M-3 2 H5 M-3 5 H3.6",
    "sendTask": _SEALED,
    "receiveTask": _ENVELOPE,
    "manualTask": "M-8 0 C-7 -4 -5 -6 -2.5 -6.5 H2 C4 -6.5 4 -4 2 -4 H-0.5 H7.5 C9 -4 9 -1.6 7.5 -1.6 H2"
    " H8 C9.4 -1.6 9.4 0.8 8 0.8 H7 C8.4 0.8 8.4 3.2 7 3.2 H5 C6.4 3.2 6.4 5.6 5 5.6 H-2.5 C-5.5 5.6 -8 4.5 -8 0 Z",
    "businessRuleTask": "M-8 -6.5 H8 V6.5 H-8 Z M-8 -2.8 H8 M-8 1.8 H8 M-3 -2.8 V6.5",
}

GATEWAYS = {
    "exclusiveGateway": EVENTS["cancel"],
    "parallelGateway": "M-1.8 -11 H1.8 V-1.8 H11 V1.8 H1.8 V11 H-1.8 V1.8 H-11 V-1.8 H-1.8 Z",
    "inclusiveGateway": _circle(10),
    "complexGateway": "M0 -11 V11 M-11 0 H11 M-7.5 -7.5 L7.5 7.5 M-7.5 7.5 L7.5 -7.5",
    "eventBasedGateway": _circle(12.5) + " " + _circle(10) + " " + _polygon(5, 6.5),
}
INSTANTIATING_GATEWAY = _circle(11.5) + " " + _polygon(5, 7)
INSTANTIATING_PARALLEL_GATEWAY = (
    _circle(11.5) + " M-1.6 -7.5 H1.6 V-1.6 H7.5 V1.6 H1.6 V7.5 H-1.6 V1.6 H-7.5 V-1.6 H-1.6 Z"
)

MARKERS = {
    "loop": "M-2.4 5.4 A5.6 5.6 0 1 1 2.6 5.2 M-2.4 5.4 L-6.4 5.6 M-2.4 5.4 L-2.2 1.4",
    "parallel": "M-4 -5.5 V5.5 M0 -5.5 V5.5 M4 -5.5 V5.5",
    "sequential": "M-5.5 -4 H5.5 M-5.5 0 H5.5 M-5.5 4 H5.5",
    "compensation": "M-7 0 L-0.5 -5 V5 Z M-0.5 0 L6 -5 V5 Z",
    "adHoc": "M-6.5 1.5 C-4 -4.5 -2 -3 0 0 C2 3 4 4.5 6.5 -1.5",
    "collapsed": "M-6.5 -6.5 H6.5 V6.5 H-6.5 Z M0 -4 V4 M-4 0 H4",
}
"""What stands at the lower side of an activity."""
