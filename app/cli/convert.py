"""Translating diagrams from one dialect of Camunda to the other."""

import sys
from pathlib import Path

import click

from workflows.diagrams import compile_form
from workflows.errors import InvalidDiagram

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--to", "dialect", type=click.Choice(["camunda8"]), required=True, help="What to translate it to.")
@click.option("--form", "forms", type=_FILE, multiple=True, help="A .form file that the diagram refers to.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Where to write the diagram.")
def convert(file: Path, dialect: str, forms: tuple[Path, ...], output: Path | None) -> None:
    """Translate a Camunda 7 diagram into one that a Zeebe broker runs and Camunda Modeler opens as it was drawn.

    Without an output it is written beside FILE, as NAME.camunda8.bpmn, and its forms beside it, as form-js files. What
    has no meaning there is refused, with every reason; the exit status is 1 then, and nothing is written.
    """
    from workflows.zeebe.profile import portable

    target = output or file.with_name(f"{file.stem}.{dialect}.bpmn")
    try:
        known = [compile_form(form.read_bytes(), form.name) for form in forms]
        converted = portable(file.read_bytes(), file.name, {form.id: form for form in known})
    except InvalidDiagram as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    for path, content in {target.name: converted.bpmn, **converted.forms}.items():
        target.with_name(path).write_bytes(content)
        click.echo(f"Wrote {target.with_name(path)}")
    for note in converted.notes:
        click.echo(f"Note: {note}", err=True)
