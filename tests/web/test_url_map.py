"""Who reaches which address: the whole URL map is walked with every role and without one, and compared with a table."""

import re
from collections.abc import Iterator, Mapping

import pytest
from werkzeug.routing import Rule

from app.clinic.models import Role
from app.web.access import admitted
from tests.house import House
from tests.visitor import Visitor

TABLE = """
ADP  GET    /
NADP GET    /.well-known/camunda-automation-platform/webapps
NADP GET    /.well-known/oauth-authorization-server
AD   GET    /absences/new
AD   POST   /absences/new
ADP  GET    /account
ADP  GET    /account/email
ADP  POST   /account/email
ADP  GET    /account/email/<link>
ADP  POST   /account/email/<link>
NADP GET    /account/forgotten-password
NADP POST   /account/forgotten-password
NADP GET    /account/new-password/<link>
NADP POST   /account/new-password/<link>
ADP  GET    /account/password
ADP  POST   /account/password
ADP  GET    /account/profile
ADP  POST   /account/profile
ADP  GET    /account/programs
ADP  POST   /account/programs/<grant_id>/end
ADP  POST   /account/sign-out-everywhere
NADP GET    /account/sign-up
NADP POST   /account/sign-up
NADP GET    /account/sign-up/<link>
NADP POST   /account/sign-up/<link>
NADP GET    /account/staff
NADP POST   /account/staff
NADP GET    /account/staff/<link>
NADP POST   /account/staff/<link>
ADP  GET    /account/tokens
ADP  POST   /account/tokens
ADP  POST   /account/tokens/<token_id>/revoke
A    GET    /accounts
A    POST   /accounts/<login_id>/close
A    POST   /accounts/<login_id>/invite
A    POST   /accounts/<login_id>/open
A    GET    /accounts/new/<role_name>
A    POST   /accounts/new/<role_name>
A    GET    /accounts/requests
A    GET    /accounts/requests/<account_request_id>
A    GET    /accounts/requests/<account_request_id>/approve/<role_name>
A    POST   /accounts/requests/<account_request_id>/approve/<role_name>
A    POST   /accounts/requests/<account_request_id>/refuse
A    GET    /admin/doc/stats
A    GET    /admin/doc/stats/<task_id>
A    GET    /admin/reports
A    POST   /admin/reports
A    GET    /admin/reports/<report_id>
A    GET    /admin/reports/<report_id>/<name>
A    GET    /admin/reports/<report_id>/progress
A    POST   /admin/reports/create
A    GET    /admin/workers
NADP GET    /api/docs
NADP GET    /api/docs/<file>
A    GET    /api/v1/administrators
ADP  GET    /api/v1/appointments
ADP  POST   /api/v1/appointments
ADP  GET    /api/v1/appointments/<ticketid>
ADP  POST   /api/v1/appointments/<ticketid>/cancel
AD   POST   /api/v1/appointments/<ticketid>/check-in
AD   POST   /api/v1/appointments/<ticketid>/complete
AD   POST   /api/v1/appointments/<ticketid>/missed
ADP  POST   /api/v1/appointments/<ticketid>/reschedule
AP   GET    /api/v1/bills
AP   GET    /api/v1/bills/<ticketid>
AP   POST   /api/v1/bills/<ticketid>/payments
AP   GET    /api/v1/bills/<ticketid>/payments/<key>
D    GET    /api/v1/diagnoses/<diagnosis_id>
D    POST   /api/v1/diagnoses/<diagnosis_id>/correct
ADP  GET    /api/v1/doctors
ADP  GET    /api/v1/doctors/<docid>
AD   GET    /api/v1/doctors/<docid>/availability
AD   POST   /api/v1/doctors/<docid>/breaks
AD   DELETE /api/v1/doctors/<docid>/breaks/<break_id>
AD   GET    /api/v1/doctors/<docid>/breaks/<break_id>
AD   PUT    /api/v1/doctors/<docid>/breaks/<break_id>
AD   POST   /api/v1/doctors/<docid>/hours
AD   DELETE /api/v1/doctors/<docid>/hours/<hours_id>
AD   GET    /api/v1/doctors/<docid>/hours/<hours_id>
AD   PUT    /api/v1/doctors/<docid>/hours/<hours_id>
AD   POST   /api/v1/doctors/<docid>/leave
AD   DELETE /api/v1/doctors/<docid>/leave/<leave_id>
ADP  GET    /api/v1/doctors/<docid>/slots
A    POST   /api/v1/history/prune
ADP  GET    /api/v1/holidays
A    POST   /api/v1/holidays
A    DELETE /api/v1/holidays/<holiday_id>
AD   GET    /api/v1/laboratory-requests
AD   GET    /api/v1/laboratory-requests/<request_id>
A    POST   /api/v1/laboratory-requests/<request_id>/approve
A    POST   /api/v1/laboratory-requests/<request_id>/refuse
A    POST   /api/v1/messages
ADP  GET    /api/v1/notices
ADP  GET    /api/v1/notices/<notice_id>
ADP  POST   /api/v1/notices/<notice_id>/read
ADP  POST   /api/v1/notices/read
NADP GET    /api/v1/openapi.json
AD   GET    /api/v1/patients
ADP  GET    /api/v1/patients/<patientid>
DP   GET    /api/v1/patients/<patientid>/diagnoses
D    POST   /api/v1/patients/<patientid>/diagnoses
D    POST   /api/v1/patients/<patientid>/laboratory-requests
AP   GET    /api/v1/payments
A    GET    /api/v1/process-definitions
A    GET    /api/v1/process-definitions/<definition_id>
A    GET    /api/v1/process-instances
A    POST   /api/v1/process-instances
A    DELETE /api/v1/process-instances/<instance_id>
A    GET    /api/v1/process-instances/<instance_id>
A    GET    /api/v1/process-instances/<instance_id>/history
ADP  GET    /api/v1/profile
ADP  GET    /api/v1/session
ADP  GET    /api/v1/tasks
ADP  GET    /api/v1/tasks/<task_id>
ADP  POST   /api/v1/tasks/<task_id>/claim
ADP  POST   /api/v1/tasks/<task_id>/complete
ADP  POST   /api/v1/tasks/<task_id>/unclaim
ADP  DELETE /appointment/close
ADP  GET    /appointment/details
ADP  PATCH  /appointment/doctor
ADP  POST   /appointment/doctor
ADP  GET    /appointments/<ticketid>
ADP  GET    /appointments/<ticketid>/cancel
ADP  POST   /appointments/<ticketid>/cancel
AD   POST   /appointments/<ticketid>/check-in
AD   POST   /appointments/<ticketid>/complete
AD   POST   /appointments/<ticketid>/missed
ADP  GET    /appointments/<ticketid>/reschedule
ADP  POST   /appointments/<ticketid>/reschedule
ADP  GET    /appointments/<ticketid>/reschedule/<docid>
ADP  POST   /appointments/<ticketid>/reschedule/<docid>
AD   GET    /availability
AD   GET    /availability/<docid>
AD   GET    /availability/<docid>/<weekly>/<row_id>
AD   POST   /availability/<docid>/<weekly>/<row_id>
AD   POST   /availability/<docid>/<weekly>/<row_id>/remove
AD   GET    /availability/<docid>/<weekly>/new
AD   POST   /availability/<docid>/<weekly>/new
AD   POST   /availability/<docid>/leave/<leave_id>/remove
AD   GET    /availability/<docid>/leave/new
AD   POST   /availability/<docid>/leave/new
A    POST   /availability/holidays/<holiday_id>/remove
A    GET    /availability/holidays/new
A    POST   /availability/holidays/new
A    GET    /ch08/login/list/all
A    GET    /ch08/login/report/count
A    GET    /cockpit/process-instance/<instance_id>
A    GET    /cockpit/repository
A    GET    /dag-runs
A    POST   /dag-runs/report
ADP  GET    /dashboard
AD   GET    /desk
A    GET    /desk/decisions
A    GET    /desk/decisions/<decision_id>
A    GET    /desk/decisions/<decision_id>/<version>
A    GET    /desk/decisions/<decision_id>/<version>/file
A    GET    /desk/definitions
A    GET    /desk/definitions/<definition_id>
A    GET    /desk/definitions/<definition_id>/file
A    GET    /desk/definitions/<definition_id>/heat
A    GET    /desk/definitions/deployments
A    POST   /desk/definitions/deployments
A    GET    /desk/definitions/deployments/new
A    POST   /desk/definitions/deployments/new
A    GET    /desk/definitions/picture.css
A    GET    /desk/incidents
A    GET    /desk/incidents/changes
A    GET    /desk/incidents/retry
A    POST   /desk/incidents/retry
A    GET    /desk/instances
A    GET    /desk/instances/<instance_id>
A    GET    /desk/instances/<instance_id>/cancel
A    POST   /desk/instances/<instance_id>/cancel
A    GET    /desk/instances/<instance_id>/changes
A    GET    /desk/instances/<instance_id>/history
A    GET    /desk/instances/<instance_id>/migrate
A    GET    /desk/instances/<instance_id>/migrate/<definition_id>
A    POST   /desk/instances/<instance_id>/migrate/<definition_id>
A    GET    /desk/instances/<instance_id>/modify
A    GET    /desk/instances/<instance_id>/modify/confirm
A    POST   /desk/instances/<instance_id>/modify/confirm
A    GET    /desk/instances/<instance_id>/resume
A    POST   /desk/instances/<instance_id>/resume
A    GET    /desk/instances/<instance_id>/suspend
A    POST   /desk/instances/<instance_id>/suspend
A    GET    /desk/instances/<instance_id>/variable
A    POST   /desk/instances/<instance_id>/variable
A    GET    /desk/instances/changes
NADP GET    /desk/libraries/<library>/<version>/<file>
AD   GET    /desk/tasks
A    GET    /desk/tasks/<task_id>/assign
A    POST   /desk/tasks/<task_id>/assign
AD   GET    /desk/tasks/changes
A    GET    /desk/workers
D    GET    /diagnoses/<diagnosis_id>/correct
D    POST   /diagnoses/<diagnosis_id>/correct
D    POST   /diagnosis/analysis/text
D    GET    /diagnosis/analysis/text/<instance_id>
A    POST   /diagnosis/bpmn/deploy
ADP  GET    /doctor/<slug>
ADP  POST   /doctor/<slug>
ADP  GET    /doctor/abandon
ADP  POST   /doctor/abandon
ADP  POST   /doctor/appointments/new
ADP  GET    /doctor/confirmation
AD   GET    /doctor/patients
ADP  GET    /doctor/progress
ADP  GET    /documents/<ticketid>/<kind>
A    GET    /engine-rest/decision-definition
A    GET    /engine-rest/decision-definition/<decision_id>
A    POST   /engine-rest/decision-definition/<decision_id>/evaluate
A    GET    /engine-rest/decision-definition/<decision_id>/xml
A    GET    /engine-rest/decision-definition/count
A    GET    /engine-rest/decision-definition/key/<key>
A    POST   /engine-rest/decision-definition/key/<key>/evaluate
A    GET    /engine-rest/decision-definition/key/<key>/xml
A    GET    /engine-rest/deployment
A    DELETE /engine-rest/deployment/<deployment_id>
A    GET    /engine-rest/deployment/<deployment_id>
A    GET    /engine-rest/deployment/count
A    POST   /engine-rest/deployment/create
A    GET    /engine-rest/engine
A    GET    /engine-rest/execution/<instance_id>/localVariables
A    POST   /engine-rest/execution/<instance_id>/localVariables
A    GET    /engine-rest/execution/<instance_id>/localVariables/<name>
A    PUT    /engine-rest/execution/<instance_id>/localVariables/<name>
A    GET    /engine-rest/execution/<instance_id>/localVariables/<name>/data
A    POST   /engine-rest/execution/<instance_id>/localVariables/<name>/data
A    GET    /engine-rest/external-task
A    POST   /engine-rest/external-task
A    GET    /engine-rest/external-task/<task_id>
A    POST   /engine-rest/external-task/<task_id>/bpmnError
A    POST   /engine-rest/external-task/<task_id>/complete
A    GET    /engine-rest/external-task/<task_id>/errorDetails
A    POST   /engine-rest/external-task/<task_id>/extendLock
A    POST   /engine-rest/external-task/<task_id>/failure
A    POST   /engine-rest/external-task/<task_id>/lock
A    PUT    /engine-rest/external-task/<task_id>/priority
A    PUT    /engine-rest/external-task/<task_id>/retries
A    POST   /engine-rest/external-task/<task_id>/unlock
A    GET    /engine-rest/external-task/count
A    POST   /engine-rest/external-task/count
A    POST   /engine-rest/external-task/fetchAndLock
A    PUT    /engine-rest/external-task/retries
A    GET    /engine-rest/external-task/topic-names
A    GET    /engine-rest/history/activity-instance
A    POST   /engine-rest/history/activity-instance
A    GET    /engine-rest/history/process-instance
A    POST   /engine-rest/history/process-instance
A    DELETE /engine-rest/history/process-instance/<instance_id>
A    GET    /engine-rest/history/process-instance/<instance_id>
A    GET    /engine-rest/history/process-instance/count
A    POST   /engine-rest/history/process-instance/count
A    GET    /engine-rest/history/task
A    POST   /engine-rest/history/task
A    GET    /engine-rest/history/variable-instance
A    POST   /engine-rest/history/variable-instance
A    GET    /engine-rest/incident
A    DELETE /engine-rest/incident/<incident_id>
A    GET    /engine-rest/incident/<incident_id>
A    GET    /engine-rest/incident/count
A    GET    /engine-rest/job
A    POST   /engine-rest/job
A    GET    /engine-rest/job/<job_id>
A    PUT    /engine-rest/job/<job_id>/duedate
A    POST   /engine-rest/job/<job_id>/execute
A    PUT    /engine-rest/job/<job_id>/retries
A    GET    /engine-rest/job/count
A    POST   /engine-rest/job/count
A    POST   /engine-rest/message
A    POST   /engine-rest/migration/execute
A    POST   /engine-rest/migration/generate
A    POST   /engine-rest/migration/validate
A    GET    /engine-rest/process-definition
A    GET    /engine-rest/process-definition/<definition_id>
A    GET    /engine-rest/process-definition/<definition_id>/deployed-start-form
A    GET    /engine-rest/process-definition/<definition_id>/form-variables
A    GET    /engine-rest/process-definition/<definition_id>/rendered-form
A    POST   /engine-rest/process-definition/<definition_id>/start
A    GET    /engine-rest/process-definition/<definition_id>/startForm
A    POST   /engine-rest/process-definition/<definition_id>/submit-form
A    GET    /engine-rest/process-definition/<definition_id>/xml
A    GET    /engine-rest/process-definition/count
A    GET    /engine-rest/process-definition/key/<key>
A    GET    /engine-rest/process-definition/key/<key>/deployed-start-form
A    GET    /engine-rest/process-definition/key/<key>/form-variables
A    GET    /engine-rest/process-definition/key/<key>/rendered-form
A    POST   /engine-rest/process-definition/key/<key>/start
A    GET    /engine-rest/process-definition/key/<key>/startForm
A    POST   /engine-rest/process-definition/key/<key>/submit-form
A    GET    /engine-rest/process-definition/key/<key>/xml
A    GET    /engine-rest/process-instance
A    POST   /engine-rest/process-instance
A    DELETE /engine-rest/process-instance/<instance_id>
A    GET    /engine-rest/process-instance/<instance_id>
A    GET    /engine-rest/process-instance/<instance_id>/activity-instances
A    POST   /engine-rest/process-instance/<instance_id>/modification
A    PUT    /engine-rest/process-instance/<instance_id>/suspended
A    GET    /engine-rest/process-instance/<instance_id>/variables
A    POST   /engine-rest/process-instance/<instance_id>/variables
A    GET    /engine-rest/process-instance/<instance_id>/variables/<name>
A    PUT    /engine-rest/process-instance/<instance_id>/variables/<name>
A    GET    /engine-rest/process-instance/<instance_id>/variables/<name>/data
A    POST   /engine-rest/process-instance/<instance_id>/variables/<name>/data
A    GET    /engine-rest/process-instance/count
A    POST   /engine-rest/process-instance/count
A    POST   /engine-rest/signal
A    GET    /engine-rest/task
A    POST   /engine-rest/task
A    GET    /engine-rest/task/<task_id>
A    POST   /engine-rest/task/<task_id>/assignee
A    POST   /engine-rest/task/<task_id>/bpmnError
A    POST   /engine-rest/task/<task_id>/bpmnEscalation
A    POST   /engine-rest/task/<task_id>/claim
A    POST   /engine-rest/task/<task_id>/complete
A    GET    /engine-rest/task/<task_id>/deployed-form
A    GET    /engine-rest/task/<task_id>/form
A    GET    /engine-rest/task/<task_id>/form-variables
A    GET    /engine-rest/task/<task_id>/identity-links
A    POST   /engine-rest/task/<task_id>/localVariables
A    GET    /engine-rest/task/<task_id>/rendered-form
A    POST   /engine-rest/task/<task_id>/submit-form
A    POST   /engine-rest/task/<task_id>/unclaim
A    GET    /engine-rest/task/<task_id>/variables
A    POST   /engine-rest/task/<task_id>/variables
A    GET    /engine-rest/task/<task_id>/variables/<name>
A    PUT    /engine-rest/task/<task_id>/variables/<name>
A    GET    /engine-rest/task/<task_id>/variables/<name>/data
A    GET    /engine-rest/task/count
A    POST   /engine-rest/task/count
A    GET    /engine-rest/version
P    GET    /findings
NADP GET    /healthz
A    POST   /incidents/<incident_id>/retry
A    GET    /laboratory
A    GET    /laboratory/<request_id>
A    POST   /laboratory/<request_id>/approve
A    POST   /laboratory/<request_id>/refuse
P    GET    /live/appointments
A    GET    /live/board
D    GET    /live/queue
NADP GET    /login
NADP POST   /login
A    POST   /login/dag/report/login/count
A    GET    /login/dag/xcom/values
A    GET    /login/list/all
NADP GET    /login/openid
NADP GET    /login/openid/back
A    GET    /login/report/count
NADP POST   /login/user/add
NADP GET    /login/user/add/<account_id>
ADP  POST   /logout
ADP  GET    /notices
ADP  POST   /notices/<notice_id>/read
ADP  POST   /notices/read
ADP  GET    /oauth/authorize
ADP  POST   /oauth/authorize
A    GET    /oauth/clients
A    POST   /oauth/clients/<client_id>/revoke
A    POST   /oauth/clients/new
NADP POST   /oauth/revoke
NADP POST   /oauth/token
A    GET    /outbox
A    GET    /outbox/<mail_id>
A    POST   /outbox/<mail_id>/send
D    GET    /patients
D    GET    /patients/<patientid>
D    GET    /patients/<patientid>/diagnoses/new
D    POST   /patients/<patientid>/diagnoses/new
D    GET    /patients/<patientid>/laboratory/new
D    POST   /patients/<patientid>/laboratory/new
P    GET    /payment/bills
AP   GET    /payment/bills/<ticketid>
AP   GET    /payment/bills/<ticketid>/receipt
AP   POST   /payment/credit
A    GET    /payment/held
AP   GET    /payment/onhold
AP   GET    /payment/onrelease
AP   GET    /payment/progress
AP   GET    /payment/start
AP   POST   /payment/start
ADP  GET    /processes/<process_id>/start
ADP  POST   /processes/<process_id>/start
NADP GET    /static/<filename>
ADP  GET    /tasks
ADP  GET    /tasks/<task_id>
ADP  POST   /tasks/<task_id>
ADP  POST   /tasks/<task_id>/claim
ADP  POST   /tasks/<task_id>/unclaim
A    GET    /v2/authentication/me
A    GET    /v2/decision-definitions/<decision_key>
A    GET    /v2/decision-definitions/<decision_key>/xml
A    POST   /v2/decision-definitions/evaluation
A    POST   /v2/decision-definitions/search
A    POST   /v2/deployments
A    GET    /v2/element-instances/<element_id>
A    PUT    /v2/element-instances/<scope_id>/variables
A    POST   /v2/element-instances/search
A    POST   /v2/incidents/<incident_id>/resolution
A    POST   /v2/incidents/search
A    PATCH  /v2/jobs/<job_id>
A    POST   /v2/jobs/<job_id>/completion
A    POST   /v2/jobs/<job_id>/error
A    POST   /v2/jobs/<job_id>/failure
A    POST   /v2/jobs/activation
A    POST   /v2/jobs/search
A    POST   /v2/message-subscriptions/search
A    POST   /v2/messages/correlation
A    POST   /v2/messages/publication
A    GET    /v2/process-definitions/<definition_id>
A    GET    /v2/process-definitions/<definition_id>/xml
A    POST   /v2/process-definitions/search
A    POST   /v2/process-instances
A    GET    /v2/process-instances/<instance_id>
A    POST   /v2/process-instances/<instance_id>/cancellation
A    POST   /v2/process-instances/<instance_id>/incidents/search
A    POST   /v2/process-instances/<instance_id>/migration
A    POST   /v2/process-instances/<instance_id>/modification
A    POST   /v2/process-instances/search
A    POST   /v2/signals/broadcast
A    GET    /v2/topology
A    GET    /v2/user-tasks/<task_id>
A    DELETE /v2/user-tasks/<task_id>/assignee
A    POST   /v2/user-tasks/<task_id>/assignment
A    POST   /v2/user-tasks/<task_id>/completion
A    POST   /v2/user-tasks/search
A    POST   /v2/variables/search
AP   GET    /waiting-list
P    POST   /waiting-list
AP   POST   /waiting-list/<entry_id>/leave
P    POST   /waiting-list/offers/<offer_id>/accept
P    POST   /waiting-list/offers/<offer_id>/decline
"""
"""Who is admitted: N whoever is not signed in, A administrators, D doctors, P patients. An address that is not here is
new: say whom it is for, and add its row as the failing test prints it."""

LETTERS: Mapping[str, Role | None] = {"N": None, "A": Role.ADMINISTRATOR, "D": Role.DOCTOR, "P": Role.PATIENT}
_CONVERTER = re.compile(r"<[^<>]+:(\w+)>")
_EXAMPLES = {
    "slug": "expertise",
    "kind": "pdf",
    "filename": "site.css",
    "weekly": "hours",
    "role_name": "doctor",
    "report_id": "00000000-0000-4000-8000-000000000000",
}


def rows(house: House) -> Iterator[tuple[str, str, Rule]]:
    """Give the method, the address and the rule of everything that the service answers."""
    for rule in house.app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield method, _CONVERTER.sub(r"<\1>", rule.rule), rule


def row(method: str, address: str, letters: str) -> str:
    return f"{letters:<4} {method:<6} {address}"


def _cells(line: str) -> tuple[str, str, str]:
    letters, method, address = line.split(maxsplit=2)
    return letters, method, address


def declared(house: House) -> list[str]:
    """Return the table as the views say it, by address and method."""
    with house.app.app_context():
        found = [
            (address, method, "".join(letter for letter, role in LETTERS.items() if role in admitted(rule.endpoint)))
            for method, address, rule in rows(house)
        ]
    return [row(method, address, letters) for address, method, letters in sorted(found)]


def is_let_in(visitor: Visitor, method: str, rule: Rule) -> bool:
    """Say whether an address answers somebody; without this site's token nothing is changed by asking."""
    built = rule.build({name: _EXAMPLES.get(name, "1") for name in rule.arguments})
    assert built is not None
    answer = visitor.client.open(built[1], method=method)
    answer.close()
    assert answer.status_code != 500, (method, rule.rule)
    leads_away = answer.status_code == 302 and answer.location.startswith("/login?next=")
    return answer.status_code not in {401, 403} and not leads_away


def test_the_table_names_every_address(house: House) -> None:
    table = declared(house)
    print("\n".join(table))  # noqa: T201 -- it is to be read
    assert table == TABLE.strip().splitlines()


@pytest.mark.parametrize("letter", LETTERS)
def test_every_address_answers_whom_the_table_admits_and_nobody_else(house: House, letter: str) -> None:
    names = {"N": None, "A": "admin", "D": "amara.okafor", "P": house.add_patient()}
    visitor = house.visitor(names[letter])
    admits = {(method, address): letters for letters, method, address in map(_cells, TABLE.strip().splitlines())}
    wrong = [
        (method, address)
        for method, address, rule in rows(house)
        if (method, address) in admits and is_let_in(visitor, method, rule) != (letter in admits[method, address])
    ]
    assert wrong == []
