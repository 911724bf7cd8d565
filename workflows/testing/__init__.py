"""For tests of your own processes: an engine in memory, a clock that you move, doubles of handlers, path coverage.

with ProcessTest("bpmn/reminder.bpmn") as test:
    remind = test.on_job("remind", {"reminded": True})
    run = test.start("reminder")
    test.advance(timedelta(days=7))
    run.complete("answer", {"yes": True})
    run.assert_path("start", "answer", "remind", "end")

`docs/testing-processes.md` tells the rest; `workflows.testing.plugin` is for pytest.
"""

from workflows.testing.clock import Clock
from workflows.testing.coverage import Coverage
from workflows.testing.doubles import JobDouble
from workflows.testing.memory import InMemoryEngine
from workflows.testing.process import ProcessTest
from workflows.testing.run import Run

__all__ = ["Clock", "Coverage", "InMemoryEngine", "JobDouble", "ProcessTest", "Run"]
