"""Starting instances, and listing them and their tasks."""

import click

from app.cli.asking import Service, login_id, variables
from workflows.engine import InstanceQuery, InstanceState, ProcessInstance, TaskQuery


@click.command()
@click.argument("process_id")
@click.option("--var", "texts", multiple=True, metavar="NAME=VALUE", help="A variable; the value is JSON, else text.")
@click.option("--business-key", help="What the clinic calls this instance.")
@click.option("--as", "username", help="The login that starts it and gets its tasks.")
@click.pass_obj
def start(
    service: Service, process_id: str, texts: tuple[str, ...], business_key: str | None, username: str | None
) -> None:
    """Start an instance of a process."""
    engine = service.engine
    by = login_id(service, username) if username else None
    instance = engine.start(process_id, variables(texts), business_key=business_key, by=by)
    click.echo(f"{instance.id} {instance.process_id} version {instance.version}")


@click.command()
@click.option("--instance", help="Only those of this instance.")
@click.pass_obj
def tasks(service: Service, instance: str | None) -> None:
    """List the open user tasks, oldest first."""
    found = service.engine.tasks(TaskQuery(instance_id=instance))
    for task in found:
        click.echo(
            f"{task.id}  {task.created_at:%Y-%m-%d %H:%M}Z  {task.process_id}  {task.name}  {task.assignee or '-'}"
        )
    click.echo(f"{len(found)} open tasks")


@click.command()
@click.option("--process", "process_id", help="Only those of this process.")
@click.option("--state", type=click.Choice([state.value for state in InstanceState]), help="Only those in this state.")
@click.pass_obj
def instances(service: Service, process_id: str | None, state: str | None) -> None:
    """List process instances, newest first."""
    states = (InstanceState(state),) if state else ()
    found = service.engine.instances(InstanceQuery(process_id=process_id, states=states))
    for instance in found:
        click.echo(instance_line(instance))
    click.echo(f"{len(found)} instances")


def instance_line(instance: ProcessInstance) -> str:
    """Return what lists say of an instance."""
    return (
        f"{instance.id}  {instance.started_at:%Y-%m-%d %H:%M}Z  {instance.process_id} v{instance.version}  "
        f"{instance.state}  {instance.business_key or '-'}"
    )
