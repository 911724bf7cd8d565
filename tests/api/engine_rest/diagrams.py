"""Diagrams that tests deploy, in both dialects, drawn in words."""

from tests.contract.subject import DIAGRAMS

REVIEW = {dialect: (DIAGRAMS / dialect / "review.bpmn").read_bytes() for dialect in ("camunda7", "camunda8")}
"""A person writes a draft, another one reads it; one file for each dialect."""

FORM = b"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="http://bpmn.io/schema/bpmn">
  <bpmn:process id="asked" name="Asked" isExecutable="true" camunda:versionTag="1.4" camunda:historyTimeToLive="30">
    <bpmn:startEvent id="start"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="ask" />
    <bpmn:userTask id="ask" name="Ask the patient" camunda:candidateGroups="doctor"
      camunda:dueDate="2026-07-01T10:00:00Z">
      <bpmn:extensionElements>
        <camunda:formData>
          <camunda:formField id="age" label="Age &amp; years" type="long">
            <camunda:validation><camunda:constraint name="required" /><camunda:constraint name="min" config="1" />
            </camunda:validation>
          </camunda:formField>
          <camunda:formField id="smokes" label="Smokes" type="boolean" defaultValue="false" />
          <camunda:formField id="kind" label="Kind" type="enum">
            <camunda:value id="new" name="New" /><camunda:value id="old" name="Old" />
          </camunda:formField>
        </camunda:formData>
      </bpmn:extensionElements>
      <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:sequenceFlow id="f2" sourceRef="ask" targetRef="check" />
    <bpmn:userTask id="check" name="Check" camunda:candidateUsers="admin">
      <bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:sequenceFlow id="f3" sourceRef="check" targetRef="end" />
    <bpmn:endEvent id="end"><bpmn:incoming>f3</bpmn:incoming></bpmn:endEvent>
  </bpmn:process>
</bpmn:definitions>
"""
"""Two user tasks one after the other, the first with a generated form."""
