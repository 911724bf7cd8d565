"""What a token waits for from outside: a job, a person, a script, a decision, a called instance."""

from workflows.core.effects import CallWithdrawn, JobWithdrawn, UserTaskClosed
from workflows.core.machine import Machine
from workflows.core.records import Phase, Token, WaitKind


def open_wait(m: Machine, token: Token, kind: WaitKind) -> int:
    """Let the token wait; return the id under which the outside answers."""
    m.touch(token)
    token.phase = Phase.WAIT
    token.wait = m.next_id()
    token.awaits = kind
    m.state.waits[token.wait] = token.id
    m.on_rollback(m.state.waits.pop, token.wait)
    return token.wait


def close(m: Machine, token: Token) -> None:
    """The wait is over, and nobody outside has to hear of it."""
    m.touch(token)
    if token.wait is not None:
        del m.state.waits[token.wait]
        m.on_rollback(m.state.waits.__setitem__, token.wait, token.id)
    token.wait = token.awaits = None


def withdraw(m: Machine, token: Token) -> None:
    """Tell the outside that the token does not wait any more."""
    wait, kind = token.wait, token.awaits
    close(m, token)
    if wait is None:
        return
    if kind is WaitKind.USER_TASK:
        m.emit(UserTaskClosed(wait))
    elif kind is WaitKind.CALL:
        m.emit(CallWithdrawn(wait))
    else:
        m.emit(JobWithdrawn(wait))
