"""The names by which this adapter's parts are known to a Temporal server, and so to the histories that it keeps.

A workflow's history outlives the code that wrote it: what stands here is never renamed.
"""

PROCESS = "dams.Process"
"""The workflow that hosts a process instance; its workflow id is the id of the instance."""

START_TIMER = "dams.StartTimer"
"""The workflow that waits for the timer of a start event."""

RECORD = "dams.record"
FIND_DEFINITION = "dams.find_definition"
ANSWER = "dams.answer"
PUBLISH = "dams.publish"
BROADCAST = "dams.broadcast"
START_BY_TIMER = "dams.start_by_timer"

BPMN_ERROR = "dams.BpmnError"
"""The type of the failure of an activity whose handler raised a BPMN error; its details are the code and the text."""

ASK_AGAIN = "dams.AskAgain"
"""The type of the failure of an activity whose handler asked to be tried later: after how many seconds, and how many
attempts have failed."""

DEFINITION = "dams_definition"
"""What gives a workflow the definition with an id, from outside of its sandbox."""

ATTRIBUTES = ("DamsProcessId", "DamsVersion", "DamsBusinessKey", "DamsOpenTasks")
"""The search attributes: keyword, integer, keyword, keywords."""

TASK_QUEUE = "dams"
"""The task queue of the workflows, unless the settings name another one."""


def job_queue(task_queue: str, job_type: str) -> str:
    """Return the task queue of the jobs of one type."""
    return f"{task_queue}-job-{job_type}"
