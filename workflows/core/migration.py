"""Moving an instance to another version of its diagram."""

from workflows.core import commands, subscriptions
from workflows.core.machine import Machine
from workflows.core.records import LogEntry, Phase, Scope, ScopeKind, Subscription, Token, WaitKind, in_order
from workflows.core.scopes import body_of
from workflows.diagrams.graph import MultiInstance, Node
from workflows.errors import InvalidInput


def migrate(m: Machine, command: commands.Migrate) -> None:
    """Give everything in the state its counterpart in the machine's graph, which is the new version.

    Raises `InvalidInput` naming each element that something stands in, or can be compensated in, and that the new
    version does not have.
    """
    _Migration(m, command).run()


class _Migration:
    def __init__(self, m: Machine, command: commands.Migrate) -> None:
        self.m = m
        self.process = command.process
        self.elements = command.elements
        self.mapping = command.mapping
        self.known = {self._new(element) for element in command.elements}

    def run(self) -> None:
        self._check()
        for scope in list(self.m.scopes.values()):
            self._move_scope(scope)
        self.m.state.until = tuple(self._new(element) for element in self.m.state.until)
        for token in list(self.m.tokens.values()):
            self.m.touch(token)
            token.node = self._new(token.node)
            token.plan = tuple(self._entry(entry) for entry in token.plan)
        for number in in_order(self.m.state.subscriptions):
            self._move_event(self.m.state.subscriptions[number])
        for token in list(self.m.tokens.values()):
            self._open_new_boundaries(token)
        for scope in list(self.m.scopes.values()):
            self._open_new_starts(scope)

    def _new(self, node: str) -> str:
        return self.mapping.get(node, node)

    def _check(self) -> None:
        m = self.m
        problems: list[str] = []
        if self.process not in m.graph.processes:
            problems.append(f"there is no process {self.process!r} in the new version")
        problems += [
            f"{name} has no counterpart in the new version"
            for name in sorted(self._occupied())
            if self._new(name) not in m.nodes
        ]
        problems += [
            f"{token.node} has tokens that wait at flow {token.flow}, which the new version does not have"
            for token in m.tokens.values()
            if token.phase is Phase.JOIN and token.flow and not self._has_flow(token)
        ]
        problems += self._misplaced()
        if problems:
            raise InvalidInput("the instance can't be migrated: " + "; ".join(problems))

    def _occupied(self) -> set[str]:
        m = self.m
        found = {token.node for token in m.tokens.values()}
        found |= {entry.node for token in m.tokens.values() for entry in token.plan}
        for scope in m.scopes.values():
            if scope.kind is not ScopeKind.PROCESS:
                found.add(scope.node)
            found |= {entry.node for entry in scope.log}
        return found

    def _has_flow(self, token: Token) -> bool:
        node = self.m.nodes.get(self._new(token.node))
        return node is None or any(flow.id == token.flow for flow in node.incoming)

    def _misplaced(self) -> list[str]:
        """Elements that are of another kind, or in another sub-process, in the new version."""
        problems = []
        for token in self.m.tokens.values():
            node = self.m.nodes.get(self._new(token.node))
            if node is None:
                continue
            around = self._around(self.m.scopes[token.scope])
            if node.parent != around:
                problems.append(f"{token.node} would move from {around} into {node.parent}")
            kind = self.elements.get(token.node)
            if node.type != kind:
                problems.append(f"{token.node}, a {kind}, can't become {node.id}, a {node.type}")
            elif _under_way(token) and token.phase is not Phase.EXECUTE and not self._loops_alike(token, node):
                problems.append(f"{token.node} has begun, and {node.id} repeats in another way")
        return problems

    def _loops_alike(self, token: Token, node: Node) -> bool:
        """Say whether a token that has begun its element, or one run of it, finds the same kind of loop there."""
        scopes = [self.m.scopes[token.scope]] if token.inner else map(self.m.scopes.__getitem__, token.children)
        loop = next((scope for scope in scopes if scope.kind is ScopeKind.LOOP), None)
        if loop is None or node.loop is None:
            return loop is None and node.loop is None
        return isinstance(node.loop, MultiInstance) is (loop.total is not None)

    def _around(self, scope: Scope) -> str:
        while scope.kind is ScopeKind.LOOP and scope.owner is not None:
            scope = self.m.scopes[self.m.tokens[scope.owner].scope]
        return self.process if scope.kind is ScopeKind.PROCESS else self._new(scope.node)

    def _move_scope(self, scope: Scope) -> None:
        m = self.m
        m.touch(scope)
        scope.node = self.process if scope.kind is ScopeKind.PROCESS else self._new(scope.node)
        scope.pending = tuple(name for name in map(self._new, scope.pending) if name in m.nodes)
        if scope.fired:
            scope.fired = {self._new(node): flows for node, flows in scope.fired.items()}
        m.on_rollback(setattr, scope, "log", scope.log)
        scope.log = [self._entry(entry) for entry in scope.log]
        m.on_rollback(setattr, scope, "joins", scope.joins)
        scope.joins = {self._new(node): waiting for node, waiting in scope.joins.items()}
        undecided = m.state.undecided
        for old in [key for key in undecided if key[0] == scope.id]:
            del undecided[old]
            undecided[scope.id, self._new(old[1])] = None

    def _entry(self, entry: LogEntry) -> LogEntry:
        inner = None if entry.log is None else tuple(self._entry(below) for below in entry.log)
        return LogEntry(self._new(entry.node), entry.variables, inner)

    def _move_event(self, event: Subscription) -> None:
        """Keep what is waited for, with its timer as it runs; drop an event that the new version does not have."""
        m = self.m
        node = m.nodes.get(self._new(event.node))
        m.touch(event)
        if node is not None and self._still_waits(node, event):
            event.node = node.id
        else:
            subscriptions.close(m, event)

    def _still_waits(self, node: Node, event: Subscription) -> bool:
        if event.index >= len(node.events) or node.events[event.index].kind is not event.kind:
            return False
        if event.token is None or node.attached_to is None:
            return True
        return node.attached_to == self.m.tokens[event.token].node

    def _open_new_boundaries(self, token: Token) -> None:
        """Wait for boundary events that only the new version has."""
        node = self.m.nodes[token.node]
        if token.inner or not _under_way(token):
            return
        for attached in node.attached:
            if attached not in self.known:
                subscriptions.open_events(self.m, self.m.nodes[attached], token=token)

    def _open_new_starts(self, scope: Scope) -> None:
        """Wait for the events of event sub-processes that only the new version has."""
        body = None if scope.replay else body_of(self.m, scope)
        for name in body.event_subprocesses if body is not None else ():
            inner = self.m.nodes[name].body
            if name not in self.known and inner is not None:
                for start in inner.event_starts:
                    subscriptions.open_events(self.m, self.m.nodes[start], scope=scope)


def _under_way(token: Token) -> bool:
    """Say whether the token is between the beginning and the end of its element's own work."""
    outside = (Phase.ENTER, Phase.PREPARE, Phase.JOIN, Phase.LEAVE)
    continued = (WaitKind.BEFORE, WaitKind.AFTER)
    return token.activity is not None and token.phase not in outside and token.awaits not in continued
