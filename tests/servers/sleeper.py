"""The smallest workflow of Temporal, in a file of its own, as its sandbox imports it again."""

from temporalio import workflow


@workflow.defn
class Sleeper:
    """Sleeps for so many seconds."""

    @workflow.run
    async def run(self, seconds: float) -> str:
        """Sleep, and say so."""
        await workflow.sleep(seconds)
        return "awake"
