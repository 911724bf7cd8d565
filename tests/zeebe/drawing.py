"""Small Camunda 8 diagrams."""

from workflows.engine import Resource

_FILE = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:modeler="http://camunda.org/schema/modeler/1.0"
    targetNamespace="http://bpmn.io/schema/bpmn" modeler:executionPlatform="Camunda Cloud"
    modeler:executionPlatformVersion="8.6.0" id="file">
  {roots}
  <bpmn:process id="{name}" name="{name}" isExecutable="true">
    <bpmn:startEvent id="start"><bpmn:outgoing>first</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="first" sourceRef="start" targetRef="{entry}" />
    {body}
  </bpmn:process>
</bpmn:definitions>
"""


def diagram(name: str, entry: str, body: str, roots: str = "") -> Resource:
    """Return a file whose process starts with the element `entry`."""
    return Resource(f"{name}.bpmn", _FILE.format(name=name, entry=entry, body=body, roots=roots).encode())


def job(job_type: str, retries: int = 3) -> Resource:
    """A process, of the job type's name, of one job; its error "refused" ends it elsewhere."""
    return diagram(
        job_type,
        "work",
        f"""<bpmn:serviceTask id="work" name="Work">
          <bpmn:extensionElements>
            <zeebe:taskDefinition type="{job_type}" retries="{retries}" />
            <zeebe:taskHeaders><zeebe:header key="retryBackoff" value="PT0.05S" /></zeebe:taskHeaders>
          </bpmn:extensionElements>
          <bpmn:incoming>first</bpmn:incoming><bpmn:outgoing>last</bpmn:outgoing>
        </bpmn:serviceTask>
        <bpmn:sequenceFlow id="last" sourceRef="work" targetRef="end" />
        <bpmn:endEvent id="end"><bpmn:incoming>last</bpmn:incoming></bpmn:endEvent>
        <bpmn:boundaryEvent id="caught" attachedToRef="work"><bpmn:outgoing>aside</bpmn:outgoing>
          <bpmn:errorEventDefinition id="caught_event" errorRef="refused_error" /></bpmn:boundaryEvent>
        <bpmn:sequenceFlow id="aside" sourceRef="caught" targetRef="refused" />
        <bpmn:endEvent id="refused"><bpmn:incoming>aside</bpmn:incoming></bpmn:endEvent>""",
        '<bpmn:error id="refused_error" name="refused" errorCode="refused" />',
    )


def two_jobs() -> Resource:
    """A process `order` of two jobs, `reserve` and then `charge`."""
    tasks = "".join(
        f"""<bpmn:serviceTask id="{name}" name="{name}">
          <bpmn:extensionElements><zeebe:taskDefinition type="{name}" /></bpmn:extensionElements>
          <bpmn:incoming>{before}</bpmn:incoming><bpmn:outgoing>{after}</bpmn:outgoing></bpmn:serviceTask>
        <bpmn:sequenceFlow id="{after}" sourceRef="{name}" targetRef="{following}" />"""
        for name, before, after, following in (
            ("reserve", "first", "second", "charge"),
            ("charge", "second", "third", "end"),
        )
    )
    end = '<bpmn:endEvent id="end"><bpmn:incoming>third</bpmn:incoming></bpmn:endEvent>'
    return diagram("order", "reserve", tasks + end)


def asking(kind: str) -> Resource:
    """A process `asking` of one user task, of Zeebe's own kind or a job; its error "refused" ends it elsewhere."""
    own = "<zeebe:userTask />" if kind == "own" else ""
    body = f"""<bpmn:userTask id="ask" name="Ask">
          <bpmn:extensionElements>{own}
            <zeebe:assignmentDefinition candidateGroups="staff, interns" candidateUsers="=[who]" />
            <zeebe:taskSchedule dueDate="2031-02-03T04:05:06Z" />
          </bpmn:extensionElements>
          <bpmn:incoming>first</bpmn:incoming><bpmn:outgoing>last</bpmn:outgoing>
        </bpmn:userTask>
        <bpmn:sequenceFlow id="last" sourceRef="ask" targetRef="end" />
        <bpmn:endEvent id="end"><bpmn:incoming>last</bpmn:incoming></bpmn:endEvent>
        <bpmn:boundaryEvent id="caught" attachedToRef="ask"><bpmn:outgoing>aside</bpmn:outgoing>
          <bpmn:errorEventDefinition id="caught_event" errorRef="refused_error" /></bpmn:boundaryEvent>
        <bpmn:sequenceFlow id="aside" sourceRef="caught" targetRef="refused" />
        <bpmn:endEvent id="refused"><bpmn:incoming>aside</bpmn:incoming></bpmn:endEvent>"""
    return diagram("asking", "ask", body, '<bpmn:error id="refused_error" name="refused" errorCode="refused" />')
