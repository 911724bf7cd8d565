"""How flows, links, boundary events, sub-processes and several processes become one graph."""

from collections.abc import Callable

from workflows.diagrams import Graph, compile_diagram

Compile = Callable[..., Graph]


def test_flows_connect_nodes_in_the_order_of_the_file(compiled: Compile) -> None:
    graph = compiled(
        """<bpmn:startEvent id="S"/><bpmn:task id="A"/><bpmn:task id="B"/>
<bpmn:sequenceFlow id="F2" sourceRef="S" targetRef="B" name="second"/>
<bpmn:sequenceFlow id="F1" sourceRef="S" targetRef="A"/>"""
    )
    assert [(flow.id, flow.target, flow.name) for flow in graph.nodes["S"].outgoing] == [
        ("F2", "B", "second"),
        ("F1", "A", ""),
    ]
    assert [flow.id for flow in graph.nodes["A"].incoming] == ["F1"]
    assert (graph.nodes["A"].parent, graph.nodes["A"].line) == ("P", 9)


def test_a_link_becomes_a_flow_to_the_event_of_its_name(compiled: Compile) -> None:
    graph = compiled(
        """<bpmn:startEvent id="S"/><bpmn:sequenceFlow id="F" sourceRef="S" targetRef="T"/>
<bpmn:intermediateThrowEvent id="T"><bpmn:linkEventDefinition name="L"/></bpmn:intermediateThrowEvent>
<bpmn:intermediateCatchEvent id="C"><bpmn:linkEventDefinition name="L"/></bpmn:intermediateCatchEvent>
<bpmn:sequenceFlow id="G" sourceRef="C" targetRef="E"/><bpmn:endEvent id="E"/>"""
    )
    assert [flow.target for flow in graph.nodes["T"].outgoing] == ["C"]
    assert graph.nodes["C"].incoming == graph.nodes["T"].outgoing


def test_a_process_without_start_event_begins_at_all_that_nothing_leads_to(compiled: Compile) -> None:
    graph = compiled(
        """<bpmn:task id="A"/><bpmn:task id="B"/><bpmn:task id="C"/>
<bpmn:sequenceFlow id="F" sourceRef="A" targetRef="C"/>"""
    )
    assert graph.processes["P"].body.entries == ("A", "B")


def test_events_begin_beside_the_plain_start(compiled: Compile) -> None:
    graph = compiled(
        """<bpmn:startEvent id="S"/>
<bpmn:startEvent id="T"><bpmn:timerEventDefinition><bpmn:timeCycle>R/P1D</bpmn:timeCycle></bpmn:timerEventDefinition>
</bpmn:startEvent>
<bpmn:receiveTask id="R" instantiate="true" messageRef="M"/>
<bpmn:subProcess id="X" triggeredByEvent="true"><bpmn:startEvent id="XS" isInterrupting="false">
<bpmn:messageEventDefinition messageRef="M"/></bpmn:startEvent></bpmn:subProcess>""",
        '<bpmn:message id="M" name="m"/>',
    )
    body = graph.processes["P"].body
    assert (body.entries, body.event_starts, body.event_subprocesses) == (("S",), ("T", "R"), ("X",))
    assert graph.nodes["X"].triggered_by_event
    assert not graph.nodes["XS"].interrupting


def test_a_compensation_event_leads_to_its_handler(compiled: Compile) -> None:
    graph = compiled(
        """<bpmn:task id="A"/><bpmn:task id="Undo" isForCompensation="true"/>
<bpmn:boundaryEvent id="B" attachedToRef="A"><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>
<bpmn:association id="As" associationDirection="One" sourceRef="B" targetRef="Undo"/>"""
    )
    assert graph.nodes["A"].compensation_handler == "Undo"
    assert graph.nodes["Undo"].for_compensation
    assert graph.processes["P"].body.entries == ("A",)


def test_an_event_may_refer_to_a_definition_at_the_top_of_the_file(compiled: Compile) -> None:
    graph = compiled(
        """<bpmn:startEvent id="S"><bpmn:eventDefinitionRef>D</bpmn:eventDefinitionRef></bpmn:startEvent>""",
        '<bpmn:signal id="Sig" name="s"/><bpmn:signalEventDefinition id="D" signalRef="Sig"/>',
    )
    assert [event.kind.value for event in graph.nodes["S"].events] == ["signal"]


def test_sub_processes_have_bodies_and_data_of_their_own(compiled: Compile) -> None:
    graph = compiled(
        """<bpmn:transaction id="T"><bpmn:dataObject id="D" name="total"/><bpmn:dataObject id="Drawn"/>
<bpmn:dataObjectReference id="R" name="Total" dataObjectRef="D"/><bpmn:task id="A"/></bpmn:transaction>"""
    )
    body = graph.nodes["T"].body
    assert body is not None
    assert (body.nodes, body.entries, body.data_objects) == (("A",), ("A",), ("total",))
    assert graph.nodes["A"].parent == "T"


def test_data_associations_with_names_copy_and_drawn_ones_do_not(compiled: Compile) -> None:
    graph = compiled(
        """<bpmn:dataObject id="D" name="total"/><bpmn:dataObjectReference id="R" dataObjectRef="D"/>
<bpmn:task id="A"><bpmn:ioSpecification><bpmn:dataInput id="I" name="amount"/><bpmn:inputSet/><bpmn:outputSet/>
</bpmn:ioSpecification><bpmn:property id="Pr" name="__targetRef_placeholder"/>
<bpmn:dataInputAssociation><bpmn:sourceRef>R</bpmn:sourceRef><bpmn:targetRef>I</bpmn:targetRef>
</bpmn:dataInputAssociation>
<bpmn:dataInputAssociation><bpmn:sourceRef>R</bpmn:sourceRef><bpmn:targetRef>Pr</bpmn:targetRef>
</bpmn:dataInputAssociation>
<bpmn:dataOutputAssociation><bpmn:targetRef>R</bpmn:targetRef><bpmn:assignment><bpmn:from>${amount * 2}</bpmn:from>
<bpmn:to>total</bpmn:to></bpmn:assignment></bpmn:dataOutputAssociation></bpmn:task>"""
    )
    node = graph.nodes["A"]
    assert [(mapping.target, mapping.source.source) for mapping in node.inputs] == [("amount", "total")]
    assert [(mapping.target, mapping.source.source) for mapping in node.outputs] == [("total", "${amount * 2}")]


def test_global_tasks_are_processes_of_one_task(compiled: Compile) -> None:
    graph = compiled(
        '<bpmn:task id="A"/>',
        '<bpmn:globalScriptTask id="G" name="Add" scriptLanguage="python"><bpmn:script>a = 1</bpmn:script>'
        "</bpmn:globalScriptTask>",
    )
    assert graph.processes["G"].body.entries == ("G",)
    assert (graph.nodes["G"].type, graph.nodes["G"].parent) == ("scriptTask", "G")
    assert graph.nodes["G"].script is not None


def test_processes_that_do_not_run_are_drawings(compiled: Compile) -> None:
    graph = compiled(
        '<bpmn:task id="A"/>',
        '<bpmn:process id="Q" isExecutable="false"><bpmn:serviceTask id="Drawn"/></bpmn:process>'
        '<bpmn:process id="R" isExecutable="true"><bpmn:task id="B"/></bpmn:process>',
    )
    assert set(graph.processes) == {"P", "R"}
    assert set(graph.nodes) == {"A", "B"}


def test_pools_lanes_groups_and_notes_are_drawings(compiled: Compile) -> None:
    graph = compiled(
        """<bpmn:laneSet id="L"><bpmn:lane id="L1" name="Staff"><bpmn:flowNodeRef>A</bpmn:flowNodeRef></bpmn:lane>
</bpmn:laneSet><bpmn:task id="A"><bpmn:documentation>Why</bpmn:documentation></bpmn:task>
<bpmn:textAnnotation id="N"><bpmn:text>Note</bpmn:text></bpmn:textAnnotation><bpmn:group id="G"/>
<bpmn:association id="As" sourceRef="A" targetRef="N"/>""",
        '<bpmn:collaboration id="C"><bpmn:participant id="Pa" processRef="P"/></bpmn:collaboration>'
        '<bpmn:category id="Ca"><bpmn:categoryValue id="CV" value="x"/></bpmn:category>',
    )
    assert set(graph.nodes) == {"A"}


def test_a_file_in_another_encoding_is_read() -> None:
    text = (
        '<?xml version="1.0" encoding="{0}"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">'
        '<process id="P" isExecutable="true"><task id="A" name="Pr\xfcfen"/></process></definitions>'
    )
    for encoding in ("ISO-8859-1", "UTF-16", "UTF-8"):
        graph = compile_diagram(text.format(encoding).encode(encoding), "test.bpmn")
        assert graph.nodes["A"].name == "Pr\xfcfen"
