"""Deploying files on the desk: shown with what they would change, then all of them, or none with every problem."""

import hashlib
import zlib
from base64 import b64encode
from io import BytesIO
from pathlib import Path

import pytest

from tests.house import DIAGRAM, House
from tests.visitor import Page, Visitor
from workflows.engine import Resource

ERRAND = Path(__file__).parent / "diagrams" / "errand.bpmn"
ENTITY = b"""<?xml version="1.0"?>
<!DOCTYPE d [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">&secret;</definitions>"""
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a0 "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    + b']><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">&a9;</definitions>'
)


UPLOAD, DEPLOY = "/desk/definitions/deployments/new", "/desk/definitions/deployments"


def upload(visitor: Visitor, *files: tuple[bytes, str]) -> Page:
    """Choose files, and look at what they would change."""
    token = dict(visitor.open(UPLOAD).form().form_values())
    token.pop("files", None)
    return visitor.post(UPLOAD, {**token, "files": [(BytesIO(content), name) for content, name in files]})


def changes(page: Page) -> list[str]:
    """What a preview says of each process, decision and form."""
    return [" ".join(row.xpath("string(td[3])").split()) for row in page.html.xpath("//main//tbody/tr")]


@pytest.fixture
def definitions(house: House) -> list[str]:
    """What is deployed before the test."""
    return [definition.id for definition in house.engine.definitions(latest=False)]


def test_a_diagram_is_shown_and_then_deployed(house: House, administrator: Visitor) -> None:
    shown = upload(administrator, (ERRAND.read_bytes(), ERRAND.name))
    assert (shown.status, shown.heading, changes(shown)) == (200, "Deploy these files?", ["new Version 1"])
    assert house.engine.definitions("Errand") == []
    page = administrator.submit(shown, form=DEPLOY)
    assert (page.status, page.path) == (200, "/desk/definitions")
    assert "Deployed: Errand version 1." in page.text
    assert [each.version for each in house.engine.definitions("Errand")] == [1]


def test_a_preview_tells_what_changes_from_what_does_not(house: House, administrator: Visitor) -> None:
    first = ERRAND.read_bytes().replace(b'id="Errand"', b'id="Round"')
    other = ERRAND.read_bytes().replace(b'id="Errand"', b'id="Still"')
    house.engine.deploy([Resource("round.bpmn", first), Resource("still.bpmn", other)])
    house.engine.start("Round")
    same = upload(administrator, (first, "round.bpmn"))
    assert (same.heading, changes(same)) == ("Nothing would change", ["Unchanged: stays at version 1"])
    assert not same.html.xpath("//main//button")
    changed = first.replace(b'label="Copies"', b'label="How many"')
    shown = upload(administrator, (changed, "round.bpmn"), (other, "still.bpmn"))
    assert changes(shown) == [
        "version 2 Now 1; 1 running instance keeps its version",
        "Unchanged: stays at version 1",
    ]
    administrator.submit(shown, form=DEPLOY)
    assert [each.version for each in house.engine.definitions("Round")] == [2]
    assert [each.version for each in house.engine.definitions("Still")] == [1]


def test_a_large_file_comes_through_the_preview_unchanged(house: House, administrator: Visitor) -> None:
    noise = "".join(f"<!-- {hashlib.sha256(bytes([n % 256, n // 256])).hexdigest()} -->" for n in range(5_000)).encode()
    large = (
        ERRAND.read_bytes()
        .replace(b'id="Errand"', b'id="Large"')
        .replace(b"</bpmn:process>", b"</bpmn:process>" + noise)
    )
    shown = upload(administrator, (large, "large.bpmn"))
    assert len(shown.html.xpath("//input[@name='bundle']")) > 1
    administrator.submit(shown, form=DEPLOY)
    (definition,) = house.engine.definitions("Large")
    assert house.engine.diagram(definition.id) == Resource("large.bpmn", large)


@pytest.mark.parametrize(
    "bundle",
    ["", "no base64!", "aGVsbG8=", b64encode(zlib.compress(b"[1]")).decode(), b64encode(zlib.compress(b"{")).decode()],
)
def test_what_no_preview_has_packed_is_refused(house: House, administrator: Visitor, bundle: str) -> None:
    token = administrator.open(UPLOAD).chosen("dams:csrf")[0]
    assert administrator.post(DEPLOY, {"dams:csrf": token, "bundle": bundle}).status == 400


def test_a_bundle_that_swells_is_refused(administrator: Visitor) -> None:
    token = administrator.open(UPLOAD).chosen("dams:csrf")[0]
    swelling = b64encode(zlib.compress(b" " * 200_000_000)).decode()
    assert administrator.post(DEPLOY, {"dams:csrf": token, "bundle": swelling}).status == 400


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.bpmn"),
        (b"this is no XML", "text.bpmn"),
        (DIAGRAM.read_bytes()[:5000], "cut.bpmn"),
        (ENTITY, "entity.bpmn"),
        (LAUGHS, "laughs.bpmn"),
        (DIAGRAM.read_bytes().replace(b'targetRef="Task_ListDoctors"', b'targetRef="Task_Nowhere"'), "dangling.bpmn"),
        (b"{", "broken.form"),
        (b"\x00\xff\xfe", "binary.bpmn"),
        (b"print('hello')", "program.py"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_run_is_refused_with_its_problems(
    house: House, administrator: Visitor, definitions: list[str], content: bytes, name: str
) -> None:
    page = upload(administrator, (content, name))
    assert page.status == 422
    assert "Nothing was deployed" in page.text
    cells = page.html.xpath("//section[@role='alert']//tbody/tr/td")
    assert any(name in cell.text_content() for cell in cells)
    assert "root:" not in page.text
    assert [each.id for each in house.engine.definitions(latest=False)] == definitions


def test_one_bad_file_keeps_a_good_one_out(house: House, administrator: Visitor, definitions: list[str]) -> None:
    good = DIAGRAM.read_bytes().replace(b"Process_ApptDams01", b"Another")
    assert upload(administrator, (good, "good.bpmn"), (b"<x", "bad.bpmn")).status == 422
    assert [each.id for each in house.engine.definitions(latest=False)] == definitions


def test_a_problem_names_line_and_element(administrator: Visitor) -> None:
    broken = DIAGRAM.read_bytes().replace(b'targetRef="Task_ListDoctors"', b'targetRef="Task_Nowhere"')
    page = upload(administrator, (broken, "dangling.bpmn"))
    row = next(
        row
        for row in page.html.xpath("//section[@role='alert']//tbody/tr")
        if "Flow_Specialization_ListDoctors" in row.text_content()
    )
    line = int(row.xpath("string(td[2])"))
    assert b"Flow_Specialization_ListDoctors" in broken.splitlines()[line - 1]
    assert len(row.xpath("string(td[5])").strip()) > 10


def test_names_of_files_are_shown_as_text_and_without_folders(administrator: Visitor) -> None:
    page = upload(administrator, (b"<x", "../../etc/<script>alert(1)<script>.bpmn"))
    assert page.status == 422
    assert "<script>alert(1)<script>.bpmn" in page.text
    assert "etc" not in page.text
    assert not page.html.xpath("//main//script")


def test_choosing_no_file_is_said(administrator: Visitor) -> None:
    page = upload(administrator)
    assert page.status == 422
    assert "No file was chosen." in page.text


def test_two_files_of_one_name_are_refused(administrator: Visitor) -> None:
    page = upload(administrator, (ERRAND.read_bytes(), "a.bpmn"), (ERRAND.read_bytes(), "a.bpmn"))
    assert page.status == 422
    assert "Two files have this name." in page.text


def test_too_large_an_upload_is_refused_before_it_is_read(
    house: House, administrator: Visitor, definitions: list[str]
) -> None:
    body, kind = b" " * (6 * 1024 * 1024), "multipart/form-data; boundary=boundary"
    page = Page(administrator.client.post(UPLOAD, data=body, content_type=kind))
    assert page.status == 413
    assert "at most 5 MB" in page.text
    assert [each.id for each in house.engine.definitions(latest=False)] == definitions
