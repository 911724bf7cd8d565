"""What is refused at deployment: every mistake with its line, and hostile files."""

import pytest

from tests.decisions.drawing import FILES, decision_file, literal, requires, table
from workflows.decisions import compile_decisions, lint_decisions
from workflows.errors import InvalidDiagram

GOOD = literal("1")


def problems(body: str, platform: str = "Camunda Cloud", more: str = "") -> list[str]:
    return [str(problem) for problem in lint_decisions(decision_file(body, platform, more), "test.dmn")]


def test_every_mistake_is_named_with_its_line() -> None:
    found = lint_decisions((FILES / "broken.dmn").read_bytes(), "broken.dmn")
    assert [(problem.line, problem.element) for problem in found] == [
        (3, "triage"),
        (5, "needs"),
        (7, "table"),
        (9, "pain_text"),
        (13, "priority"),
        (16, "urgent_pain"),
        (19, "urgent_priority"),
        (22, "urgent_minutes"),
        (26, "short"),
        (36, "first"),
        (48, "minutes"),
        (48, "minutes"),
        (52, "nothing"),
        (53, "figure"),
    ]
    assert all(problem.what and problem.mend for problem in found)


def test_refusal_carries_all_problems() -> None:
    content = (FILES / "broken.dmn").read_bytes()
    with pytest.raises(InvalidDiagram) as raised:
        compile_decisions(content, "broken.dmn")
    assert raised.value.problems == lint_decisions(content, "broken.dmn")


@pytest.mark.parametrize("file", sorted(path.name for path in FILES.glob("*.dmn") if path.stem != "broken"))
def test_files_of_the_modeler_have_no_problems(file: str) -> None:
    assert lint_decisions((FILES / file).read_bytes(), file) == ()


@pytest.mark.parametrize("language", ["juel", "groovy", "javascript", "python", "http://www.w3.org/1999/XPath"])
def test_other_languages_are_refused_wherever_they_stand(language: str) -> None:
    attribute = f'expressionLanguage="{language}"'
    for body in (
        literal("1").replace("<literalExpression", f"<literalExpression {attribute}"),
        table([(["1"], ["1"])]).replace("<inputEntry", f"<inputEntry {attribute}"),
        table([(["1"], ["1"])]).replace("<inputExpression", f"<inputExpression {attribute}"),
    ):
        (problem,) = problems(body)
        assert f"is written in {language}" in problem
        assert "Write it in FEEL" in problem
    assert f"is written in {language}" in problems(GOOD, more=attribute)[0]


@pytest.mark.parametrize(
    ("boxed", "what"),
    [
        ("<context><contextEntry/></context>", "The contextEntry has no logic."),
        ("<context>{a}{a}</context>", "The context has two entries named 'a'."),
        ("<context><contextEntry>{one}</contextEntry>{a}</context>", "The context goes on after its result."),
        ("<relation><column/></relation>", "columns without a name of their own"),
        ('<relation><column name="a"/><row>{one}{one}</row></relation>', "The row has 2 cells"),
        ("<invocation/>", "The invocation calls no function."),
        ("<invocation>{one}<binding>{one}</binding></invocation>", "The binding has no parameter of its own."),
        ("{one}{one}", "The decision has more than one logic."),
        ("<list><functionDefinition/></list>", "Draw the function as a business knowledge model."),
    ],
)
def test_boxed_expressions_are_checked(boxed: str, what: str) -> None:
    one = "<literalExpression><text>1</text></literalExpression>"
    entry = f'<contextEntry><variable name="a"/>{one}</contextEntry>'
    found = problems(f'<decision id="d">{boxed.replace("{one}", one).replace("{a}", entry)}</decision>')
    assert any(what in problem for problem in found), found


@pytest.mark.parametrize("version", ["20151101/dmn.xsd", "20180521/MODEL/", "20211108/MODEL/", "20230324/MODEL/"])
def test_versions_of_the_standard_are_read_alike(version: str) -> None:
    scheme = "http" if version < "2019" else "https"
    content = decision_file(GOOD).replace(
        b"https://www.omg.org/spec/DMN/20191111/MODEL/", f"{scheme}://www.omg.org/spec/DMN/{version}".encode()
    )
    assert lint_decisions(content, "test.dmn") == ()


@pytest.mark.parametrize(
    "language",
    ["feel", "FEEL", "feel-scala-unary-tests", "https://www.omg.org/spec/DMN/20191111/FEEL/"],
)
def test_feel_has_many_names(language: str) -> None:
    assert problems(GOOD, more=f'expressionLanguage="{language}"') == []


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("", "The file has no decision."),
        (GOOD + literal("2"), "The id 'd' is also that of the decision in line 3."),
        ('<decision name="D"/>', "The decision has no id."),
        (literal(""), "The literal expression is empty."),
        (literal("=1"), "The literal expression starts with =. Leave out the leading ="),
        (literal("${x}"), "${...} is JUEL. Write it in FEEL"),
        (literal("1 +"), "can't be read at character"),
        (literal("1", more="<informationRequirement/>"), "The informationRequirement leads nowhere."),
        (literal("1", more=requires("d")), "It requires itself: d requires d."),
        (GOOD + '<inputData id="i" name="i"/>' + literal("1", "e", more=requires("i")), "'#i' leads to no decision."),
        (GOOD + '<import name="other" namespace="urn:other"/>', "The element import is not supported."),
        (GOOD + '<decisionService id="s"/>', "The element decisionService is not supported."),
        ('<decision id="d"><conditional/></decision>', "if ... then ... else"),
        (GOOD + "<rule/>", "The element rule is not known below definitions."),
        (GOOD + "<camunda:listener/>", "The extension camunda:listener is not known here."),
        (
            literal("1", more="<extensionElements><zeebe:properties/></extensionElements>"),
            "The extension zeebe:properties is not known here.",
        ),
        (GOOD.replace("<decision", '<decision camunda:asyncBefore="true"'), "The attribute camunda:asyncBefore of"),
        (GOOD.replace("<decision", '<decision hitPolicy="ANY"'), "The attribute hitPolicy of decision is not known."),
        (GOOD.replace("<decision", '<decision camunda:historyTimeToLive="long"'), "is no number of days."),
        (table([(["1", "2"], ["1"])]), "The rule has 2 input entries, but the table 1 inputs."),
        (table([(["1"], [])]), "The rule has 0 output entries, but the table 1 outputs."),
        (table([(["1"], ["1"])], inputs=("",)), "The input has entries but no expression."),
        (table([], outputs=()), "The decision table has no output."),
        (table([], outputs=("a", "a")), "There are two outputs named 'a'."),
        (table([], outputs=("a", "")), "The output has no name"),
        (table([], more='aggregation="SUM"'), "The hit policy UNIQUE has the aggregation SUM."),
        (
            table([], policy="COLLECT", outputs=("a", "b"), more='aggregation="SUM"'),
            "The aggregation SUM is asked of 2 outputs.",
        ),
        (table([], policy="COLLECT", more='aggregation="MEAN"'), "The aggregation 'MEAN' is not known."),
        (table([], policy="PRIORITY"), "has no output values to go by."),
        (table([], policy="PRIORITY", allowed=("", "a, b")), "are no constants of the output's type."),
        (table([], policy="PRIORITY", allowed=("", "1, 2"), types=("", "boolean")), "are no constants"),
        (table([], types=("money", "")), "The type 'money' is not known. Use one of"),
    ],
)
def test_mistake_is_refused_with_its_reason(body: str, what: str) -> None:
    found = problems(body)
    assert any(what in problem for problem in found), found


@pytest.mark.parametrize(
    ("model", "what"),
    [
        ('<businessKnowledgeModel id="f" name="sum">{}</businessKnowledgeModel>', "The function 'sum' has the name"),
        (
            '<businessKnowledgeModel id="f" name="f">{}</businessKnowledgeModel>'
            '<businessKnowledgeModel id="g" name="f">{}</businessKnowledgeModel>',
            "The function 'f' has the name of another one",
        ),
        (
            '<businessKnowledgeModel id="f" name="twice">{}</businessKnowledgeModel>',
            "It calls the function 'twice' without requiring it. Draw a knowledge requirement from f.",
        ),
    ],
)
def test_functions_are_checked(model: str, what: str) -> None:
    logic = "<encapsulatedLogic><literalExpression><text>1</text></literalExpression></encapsulatedLogic>"
    found = problems(literal("twice(1)") + model.replace("{}", logic))
    assert any(what in problem for problem in found), found


@pytest.mark.parametrize(("kind", "count"), [("FEEL", 0), ("Java", 1), ("PMML", 1)])
def test_functions_of_other_kinds_are_refused(kind: str, count: int) -> None:
    logic = "<literalExpression><text>1</text></literalExpression>"
    body = (
        f'{GOOD}<businessKnowledgeModel id="f" name="f"><encapsulatedLogic kind="{kind}">{logic}'
        "</encapsulatedLogic></businessKnowledgeModel>"
    )
    assert len(problems(body)) == count


def test_drawing_and_notes_of_other_tools_are_left_alone() -> None:
    note = '<textAnnotation id="t"><text>anything</text></textAnnotation><other:note what="ever"><x/></other:note>'
    assert problems(GOOD.replace("<decision", '<decision other:colour="red"') + note) == []


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "no well-formed XML"),
        (b"not XML", "no well-formed XML"),
        (b"<definitions><decision></definitions>", "no well-formed XML"),
        (b'<?xml version="1.0"?><bpmn xmlns="urn:other"/>', "The file holds no DMN, its root is bpmn."),
        (b"<definitions/>", "The file holds no DMN"),
        (b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + b"<d>&x;</d>", "document type"),
        (b'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><d>&b;</d>', "document type"),
        (b"<a>" * 300 + b"</a>" * 300, "nested more than"),
        (b" " * 5_000_001, "more than 5,000,000 bytes"),
    ],
)
def test_hostile_and_broken_files_are_refused(content: bytes, what: str) -> None:
    with pytest.raises(InvalidDiagram, match=what):
        compile_decisions(content, "hostile.dmn")


def test_unknown_platform_is_a_problem() -> None:
    assert "The execution platform 'Flowable' is not known." in problems(GOOD, "Flowable")[0]
