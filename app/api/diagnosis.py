"""What doctors told their patients to do, found by the process of `bpmn/dams_diagnosis.bpmn`: `/diagnosis/...`."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from app.clinic import diagnoses, people
from app.clinic.errors import InvalidInput
from app.clinic.models import Role, Scope
from app.web.access import only
from app.web.deployment_audit import note_deployment
from app.web.identity import User, the_user
from app.web.services import services
from app.web.waiting import until
from workflows.engine import InstanceState, ProcessInstance, Resource
from workflows.errors import NotFound
from workflows.values import Variables

blueprint = Blueprint("diagnosis", __name__, url_prefix="/diagnosis")

FILE = Path(__file__).parents[2] / "bpmn" / "dams_diagnosis.bpmn"
PROCESS_ID = "Process_Diagnostics"

_PATIENCE = timedelta(seconds=10)
_NUMBER = re.compile("[0-9]{1,9}")


@blueprint.post("/bpmn/deploy")
@only(Role.ADMINISTRATOR, scope=Scope.RUN_PROCESSES)
def deploy() -> ResponseReturnValue:
    """Deploy the diagram: 201. It has to be there before anything is asked."""
    deployed = services().engine.deploy([Resource(FILE.name, FILE.read_bytes())], by=the_user().id)
    note_deployment(deployed, "deployed", {"files": FILE.name})
    (definition,) = deployed.definitions
    return jsonify(data=True, process_id=definition.process_id, version=definition.version), 201


@blueprint.post("/analysis/text")
@only(Role.DOCTOR, scope=Scope.READ_CLINIC)
def analyse() -> ResponseReturnValue:
    """Answer with the resolutions of a doctor's own patient: 200, or 202 with where to ask if it takes longer."""
    user = the_user()
    docid, patientid = _asked(request.get_json())
    if docid != user.docid:
        abort(403, "Doctors ask for what they themselves told their patients.")
    with services().database.read() as session:
        people.find_patient_of(session, docid=docid, patientid=patientid)
    variables: Variables = {"docid": docid, "patientid": patientid, "requested_by": user.id}
    instance = services().engine.start(PROCESS_ID, variables, by=user.id)
    return _answer(until(lambda: services().engine.instance(instance.id), _is_settled, _PATIENCE), user)


@blueprint.get("/analysis/text/<instance_id>")
@only(Role.DOCTOR, scope=Scope.READ_CLINIC)
def show(instance_id: str) -> ResponseReturnValue:
    """Answer who asked before with what has been found by now."""
    user, instance = the_user(), services().engine.instance(instance_id)
    if instance.process_id != PROCESS_ID or instance.started_by != user.id:
        raise NotFound(f"There is no analysis {instance_id!r} of yours.")
    return _answer(instance, user)


def _answer(instance: ProcessInstance, user: User) -> ResponseReturnValue:
    """Hand over the result, and note it in the audit; an instance that is stuck or ended has none."""
    if instance.state is InstanceState.COMPLETED:
        variables = services().engine.variables(instance.id)
        with services().database.write() as session:
            patientid, now = int(str(variables["patientid"])), services().clock()
            diagnoses.note_answer(session, patientid=patientid, instance_id=instance.id, now=now, by=user.id)
        return jsonify(id=instance.id, result=variables["result"])
    if instance.incidents or instance.state is not InstanceState.ACTIVE:
        abort(500, f"The analysis {instance.id} has failed. Staff see it among the incidents, and can try it again.")
    here = url_for("diagnosis.show", instance_id=instance.id)
    return jsonify(id=instance.id, state=instance.state, href=here), 202, {"Location": here}


def _is_settled(instance: ProcessInstance) -> bool:
    return instance.state is not InstanceState.ACTIVE or instance.incidents > 0


def _asked(body: Any) -> tuple[str, int]:
    """Return whose diagnoses are asked for; the number of a patient may be given as text."""
    if not isinstance(body, dict):
        raise InvalidInput("body", "Send one JSON object with docid and patientid.")
    docid, patientid = body.get("docid"), body.get("patientid")
    if not isinstance(docid, str) or not docid:
        raise InvalidInput("docid", "Name the doctor, as a text.")
    text = str(patientid)
    if not _NUMBER.fullmatch(text):
        raise InvalidInput("patientid", "Give the patient's number.")
    return docid, int(text)
