"""What operators do to instances: hold, change, move, end and remove them, and put right what has failed."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from app.cli.asking import Service, login_id, pairs, variables
from app.cli.processes import instance_line

_F = TypeVar("_F", bound=Callable[..., Any])
_COMMAND_LINE = "command line"
"""Who does what nobody has put a name to."""


def _audited(command: _F) -> _F:
    """Let a command ask for what the audit keeps."""
    command = click.option("--reason", default="", help="Why, for the audit.")(command)
    return click.option("--as", "username", help="The login that does it, for the audit.")(command)


def _asked_first(command: _F) -> _F:
    return click.option("--yes", is_flag=True, help="Do not ask first.")(command)


def _who(service: Service, username: str | None) -> str:
    return login_id(service, username) if username else _COMMAND_LINE


def _ask(question: str, *, yes: bool) -> None:
    """Ask before something is lost for good."""
    if not yes:
        click.confirm(question, abort=True)


@click.group()
def instance() -> None:
    """One process instance, by the id that `instances` shows."""


@instance.command()
@click.argument("instance_id")
@click.pass_obj
def show(service: Service, instance_id: str) -> None:
    """Show what an instance has done, and what was done to it."""
    engine = service.engine
    click.echo(instance_line(engine.instance(instance_id)))
    for entry in engine.history(instance_id):
        click.echo(f"  {entry.started_at:%Y-%m-%d %H:%M:%S}Z  {entry.outcome:<9}  {entry.element_id}  {entry.id}")
    for change in engine.variable_history(instance_id):
        click.echo(f"  {change.changed_at:%Y-%m-%d %H:%M:%S}Z  {change.name} set by {change.element_id or '-'}")
    for done in engine.operations(instance_id):
        what = "  ".join(filter(None, (done.details, done.reason)))
        click.echo(f"  {done.done_at:%Y-%m-%d %H:%M:%S}Z  {done.action} by {done.done_by or '-'}  {what}".rstrip())


@instance.command()
@click.argument("instance_id")
@_audited
@click.pass_obj
def suspend(service: Service, instance_id: str, reason: str, username: str | None) -> None:
    """Hold an instance: nothing in it moves until it is resumed."""
    service.engine.suspend(instance_id, reason=reason, by=_who(service, username))
    click.echo(f"{instance_id} is suspended.")


@instance.command()
@click.argument("instance_id")
@_audited
@click.pass_obj
def resume(service: Service, instance_id: str, reason: str, username: str | None) -> None:
    """Let a suspended instance go on."""
    service.engine.resume(instance_id, reason=reason, by=_who(service, username))
    click.echo(f"{instance_id} goes on.")


@instance.command()
@click.argument("instance_id")
@_asked_first
@_audited
@click.pass_obj
def cancel(service: Service, instance_id: str, reason: str, username: str | None, yes: bool) -> None:
    """End an instance without finishing it."""
    engine, by = service.engine, _who(service, username)
    _ask(f"Cancel {instance_line(engine.instance(instance_id))}?", yes=yes)
    engine.cancel(instance_id, reason=reason, by=by)
    click.echo(f"{instance_id} is cancelled.")


@instance.command()
@click.argument("instance_id")
@_asked_first
@_audited
@click.pass_obj
def delete(service: Service, instance_id: str, reason: str, username: str | None, yes: bool) -> None:
    """Remove an ended instance and its history."""
    engine, by = service.engine, _who(service, username)
    _ask(f"Delete {instance_line(engine.instance(instance_id))} and its history?", yes=yes)
    engine.delete(instance_id, reason=reason, by=by)
    click.echo(f"{instance_id} is deleted.")


@instance.command("set-variable")
@click.argument("instance_id")
@click.argument("texts", nargs=-1, required=True, metavar="NAME=VALUE...")
@click.option("--at", metavar="ID", help="The user task or running element that is to see it; else the process.")
@click.option("--local", is_flag=True, help="For that task or element alone.")
@_audited
@click.pass_obj
def set_variable(
    service: Service,
    *,
    instance_id: str,
    texts: tuple[str, ...],
    at: str | None,
    local: bool,
    reason: str,
    username: str | None,
) -> None:
    """Set variables; each value is JSON, else text."""
    engine, values = service.engine, variables(texts)
    engine.set_variables(instance_id, values, scope=at, local=local, reason=reason, by=_who(service, username))
    click.echo(f"{instance_id}: {', '.join(values)}")


@instance.command()
@click.argument("instance_id")
@click.option("--cancel", "cancelled", multiple=True, metavar="ELEMENT", help="What to end: an element or an entry id.")
@click.option("--start", "started", multiple=True, metavar="ELEMENT", help="Where to go on.")
@click.option("--var", "texts", multiple=True, metavar="NAME=VALUE", help="A variable to set; JSON, else text.")
@_audited
@click.pass_obj
def modify(
    service: Service,
    *,
    instance_id: str,
    cancelled: tuple[str, ...],
    started: tuple[str, ...],
    texts: tuple[str, ...],
    reason: str,
    username: str | None,
) -> None:
    """End what runs in some elements, and start at others."""
    engine, values = service.engine, variables(texts)
    by = _who(service, username)
    engine.modify(instance_id, cancel=cancelled, start=started, variables=values, reason=reason, by=by)
    click.echo(instance_line(engine.instance(instance_id)))


@instance.command()
@click.argument("instance_id")
@click.option("--to", "version", type=click.IntRange(min=1), help="The version to move to; else the newest.")
@click.option("--map", "texts", multiple=True, metavar="OLD=NEW", help="An element whose id is another one there.")
@_audited
@click.pass_obj
def migrate(
    service: Service,
    *,
    instance_id: str,
    version: int | None,
    texts: tuple[str, ...],
    reason: str,
    username: str | None,
) -> None:
    """Move an instance to another version of its process."""
    engine, by, mapping = service.engine, _who(service, username), pairs(texts, "OLD=NEW")
    process_id = engine.instance(instance_id).process_id
    known = engine.definitions(process_id, latest=False)
    wanted = next((found for found in known if version in (found.version, None)), None)
    if wanted is None:
        raise click.ClickException(f"There is no version {version} of {process_id}.")
    engine.migrate(instance_id, wanted.id, mapping=mapping, reason=reason, by=by)
    click.echo(instance_line(engine.instance(instance_id)))


@click.command()
@click.option("--instance", "instance_id", help="Only those of this instance.")
@click.pass_obj
def incidents(service: Service, instance_id: str | None) -> None:
    """List what failed and waits for a person, oldest first."""
    found = service.engine.incidents(instance_id)
    for each in found:
        click.echo(f"{each.id}  {each.raised_at:%Y-%m-%d %H:%M}Z  {each.kind} at {each.element_id}: {each.message}")
    click.echo(f"{len(found)} incidents")


@click.command()
@click.argument("incident_id", metavar="INCIDENT")
@click.option("--retries", type=click.IntRange(min=1), default=1, help="How often a job is tried.")
@_audited
@click.pass_obj
def retry(service: Service, incident_id: str, retries: int, reason: str, username: str | None) -> None:
    """Try again what failed, by the id that `incidents` shows."""
    service.engine.resolve(incident_id, retries=retries, reason=reason, by=_who(service, username))
    click.echo(f"{incident_id} is tried again.")


@click.command()
@click.pass_obj
def prune(service: Service) -> None:
    """Remove the instances that ended longer ago than their diagrams keep history; the service does so by itself."""
    removed = 0
    while step := service.engine.prune():
        removed += step
    click.echo(f"{removed} instances removed.")
