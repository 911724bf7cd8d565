"""Who may call what: tokens within their scopes and their owner's role, sessions with the CSRF header, nobody else."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.routing import Rule

from app.clinic import tokens
from app.clinic.models import ApiToken, Role, Scope
from app.web.access import Mark, mark_of
from tests.api.conftest import program_of, token_of
from tests.api.program import Program
from tests.house import House
from tests.visitor import Visitor

SESSION = "/api/v1/session"
START = "/api/v1/process-instances"
ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
DOCTOR = frozenset({Role.DOCTOR})
EVERYBODY: frozenset[Role | None] = frozenset({None, *Role})


def admits(letters: str, *scopes: Scope) -> Mark:
    """Return the mark for the roles of these letters."""
    return Mark(frozenset(role for role in Role if role.name[0] in letters), frozenset(scopes))


ROUTES = {
    ("GET", "/api/v1/administrators"): admits("A", Scope.READ_PEOPLE),
    ("GET", "/api/v1/appointments"): admits("ADP", Scope.READ_CLINIC),
    ("POST", "/api/v1/appointments"): admits("ADP", Scope.WRITE_CLINIC),
    ("GET", "/api/v1/appointments/<ticketid>"): admits("ADP", Scope.READ_CLINIC),
    ("POST", "/api/v1/appointments/<ticketid>/cancel"): admits("ADP", Scope.WRITE_CLINIC),
    ("POST", "/api/v1/appointments/<ticketid>/check-in"): admits("AD", Scope.WRITE_CLINIC),
    ("POST", "/api/v1/appointments/<ticketid>/complete"): admits("AD", Scope.WRITE_CLINIC),
    ("POST", "/api/v1/appointments/<ticketid>/missed"): admits("AD", Scope.WRITE_CLINIC),
    ("POST", "/api/v1/appointments/<ticketid>/reschedule"): admits("ADP", Scope.WRITE_CLINIC),
    ("GET", "/api/v1/bills"): admits("AP", Scope.READ_CLINIC),
    ("GET", "/api/v1/bills/<ticketid>"): admits("AP", Scope.READ_CLINIC),
    ("POST", "/api/v1/bills/<ticketid>/payments"): admits("AP", Scope.WRITE_CLINIC),
    ("GET", "/api/v1/bills/<ticketid>/payments/<key>"): admits("AP", Scope.READ_CLINIC),
    ("GET", "/api/v1/diagnoses/<int:diagnosis_id>"): admits("D", Scope.READ_CLINIC),
    ("POST", "/api/v1/diagnoses/<int:diagnosis_id>/correct"): admits("D", Scope.WRITE_CLINIC),
    ("GET", "/api/v1/doctors"): admits("ADP", Scope.READ_CLINIC, Scope.READ_PEOPLE),
    ("GET", "/api/v1/doctors/<docid>"): admits("ADP", Scope.READ_CLINIC, Scope.READ_PEOPLE),
    ("GET", "/api/v1/doctors/<docid>/availability"): admits("AD", Scope.READ_CLINIC),
    ("POST", "/api/v1/doctors/<docid>/breaks"): admits("AD", Scope.WRITE_CLINIC),
    ("GET", "/api/v1/doctors/<docid>/breaks/<int:break_id>"): admits("AD", Scope.READ_CLINIC),
    ("PUT", "/api/v1/doctors/<docid>/breaks/<int:break_id>"): admits("AD", Scope.WRITE_CLINIC),
    ("DELETE", "/api/v1/doctors/<docid>/breaks/<int:break_id>"): admits("AD", Scope.WRITE_CLINIC),
    ("POST", "/api/v1/doctors/<docid>/hours"): admits("AD", Scope.WRITE_CLINIC),
    ("GET", "/api/v1/doctors/<docid>/hours/<int:hours_id>"): admits("AD", Scope.READ_CLINIC),
    ("PUT", "/api/v1/doctors/<docid>/hours/<int:hours_id>"): admits("AD", Scope.WRITE_CLINIC),
    ("DELETE", "/api/v1/doctors/<docid>/hours/<int:hours_id>"): admits("AD", Scope.WRITE_CLINIC),
    ("POST", "/api/v1/doctors/<docid>/leave"): admits("AD", Scope.WRITE_CLINIC),
    ("DELETE", "/api/v1/doctors/<docid>/leave/<int:leave_id>"): admits("AD", Scope.WRITE_CLINIC),
    ("GET", "/api/v1/doctors/<docid>/slots"): admits("ADP", Scope.READ_CLINIC),
    ("POST", "/api/v1/history/prune"): admits("A", Scope.MAINTENANCE),
    ("GET", "/api/v1/holidays"): admits("ADP", Scope.READ_CLINIC),
    ("POST", "/api/v1/holidays"): admits("A", Scope.WRITE_CLINIC),
    ("DELETE", "/api/v1/holidays/<int:holiday_id>"): admits("A", Scope.WRITE_CLINIC),
    ("GET", "/api/v1/laboratory-requests"): admits("AD", Scope.READ_CLINIC),
    ("GET", "/api/v1/laboratory-requests/<int:request_id>"): admits("AD", Scope.READ_CLINIC),
    ("POST", "/api/v1/laboratory-requests/<int:request_id>/approve"): admits("A", Scope.WRITE_CLINIC),
    ("POST", "/api/v1/laboratory-requests/<int:request_id>/refuse"): admits("A", Scope.WRITE_CLINIC),
    ("POST", "/api/v1/messages"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/api/v1/notices"): admits("ADP", Scope.READ_CLINIC),
    ("GET", "/api/v1/notices/<int:notice_id>"): admits("ADP", Scope.READ_CLINIC),
    ("POST", "/api/v1/notices/<int:notice_id>/read"): admits("ADP", Scope.WRITE_CLINIC),
    ("POST", "/api/v1/notices/read"): admits("ADP", Scope.WRITE_CLINIC),
    ("GET", "/api/v1/patients"): admits("AD", Scope.READ_CLINIC, Scope.READ_PEOPLE),
    ("GET", "/api/v1/patients/<int:patientid>"): admits("ADP", Scope.READ_CLINIC, Scope.READ_PEOPLE),
    ("GET", "/api/v1/patients/<int:patientid>/diagnoses"): admits("DP", Scope.READ_CLINIC),
    ("POST", "/api/v1/patients/<int:patientid>/diagnoses"): admits("D", Scope.WRITE_CLINIC),
    ("POST", "/api/v1/patients/<int:patientid>/laboratory-requests"): admits("D", Scope.WRITE_CLINIC),
    ("GET", "/api/v1/payments"): admits("AP", Scope.READ_CLINIC),
    ("GET", "/api/v1/process-definitions"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/api/v1/process-definitions/<definition_id>"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/api/v1/process-instances"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/api/v1/process-instances"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/api/v1/process-instances/<instance_id>"): admits("A", Scope.READ_PROCESSES),
    ("DELETE", "/api/v1/process-instances/<instance_id>"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/api/v1/process-instances/<instance_id>/history"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/api/v1/profile"): admits("ADP", Scope.READ_CLINIC, Scope.READ_PEOPLE),
    ("GET", "/api/v1/session"): admits("ADP", *Scope),
    ("GET", "/api/v1/tasks"): admits("ADP", Scope.READ_CLINIC, Scope.READ_PROCESSES),
    ("GET", "/api/v1/tasks/<task_id>"): admits("ADP", Scope.READ_CLINIC, Scope.READ_PROCESSES),
    ("POST", "/api/v1/tasks/<task_id>/claim"): admits("ADP", Scope.WRITE_CLINIC, Scope.RUN_PROCESSES),
    ("POST", "/api/v1/tasks/<task_id>/complete"): admits("ADP", Scope.WRITE_CLINIC, Scope.RUN_PROCESSES),
    ("POST", "/api/v1/tasks/<task_id>/unclaim"): admits("ADP", Scope.WRITE_CLINIC, Scope.RUN_PROCESSES),
    ("GET", "/ch08/login/list/all"): admits("A", Scope.READ_PEOPLE),
    ("GET", "/ch08/login/report/count"): admits("A", Scope.REPORTS),
    ("POST", "/diagnosis/bpmn/deploy"): Mark(ADMINISTRATOR, frozenset({Scope.RUN_PROCESSES})),
    ("POST", "/diagnosis/analysis/text"): Mark(DOCTOR, frozenset({Scope.READ_CLINIC})),
    ("GET", "/diagnosis/analysis/text/<instance_id>"): Mark(DOCTOR, frozenset({Scope.READ_CLINIC})),
    ("GET", "/login/list/all"): Mark(ADMINISTRATOR, frozenset({Scope.READ_PEOPLE})),
    ("GET", "/login/report/count"): Mark(ADMINISTRATOR, frozenset({Scope.REPORTS})),
    ("POST", "/login/dag/report/login/count"): Mark(ADMINISTRATOR, frozenset({Scope.REPORTS})),
    ("GET", "/login/dag/xcom/values"): Mark(ADMINISTRATOR, frozenset({Scope.REPORTS})),
    ("POST", "/login/user/add"): Mark(EVERYBODY, frozenset({Scope.WRITE_PEOPLE})),
    ("GET", "/login/user/add/<account_id>"): Mark(EVERYBODY, frozenset({Scope.WRITE_PEOPLE})),
    ("POST", "/oauth/token"): Mark(EVERYBODY, frozenset(Scope)),
    ("POST", "/oauth/revoke"): Mark(EVERYBODY, frozenset(Scope)),
    ("GET", "/.well-known/oauth-authorization-server"): Mark(EVERYBODY, frozenset(Scope)),
    ("POST", "/admin/reports/create"): Mark(ADMINISTRATOR, frozenset({Scope.REPORTS})),
    ("GET", "/admin/reports/<uuid:report_id>/progress"): Mark(ADMINISTRATOR, frozenset({Scope.REPORTS})),
    ("GET", "/admin/reports/<uuid:report_id>/<name>"): Mark(ADMINISTRATOR, frozenset({Scope.REPORTS})),
    ("GET", "/admin/doc/stats"): Mark(ADMINISTRATOR, frozenset({Scope.REPORTS})),
    ("GET", "/admin/doc/stats/<task_id>"): Mark(ADMINISTRATOR, frozenset({Scope.REPORTS})),
    ("POST", "/appointment/doctor"): Mark(frozenset(Role), frozenset({Scope.WRITE_CLINIC})),
    ("PATCH", "/appointment/doctor"): Mark(frozenset(Role), frozenset({Scope.WRITE_CLINIC})),
    ("GET", "/appointment/details"): Mark(frozenset(Role), frozenset({Scope.READ_CLINIC})),
    ("DELETE", "/appointment/close"): Mark(frozenset(Role), frozenset({Scope.WRITE_CLINIC})),
    ("GET", "/engine-rest/decision-definition"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/decision-definition/<decision_id>"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/decision-definition/<decision_id>/evaluate"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/decision-definition/<decision_id>/xml"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/decision-definition/count"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/decision-definition/key/<key>"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/decision-definition/key/<key>/evaluate"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/decision-definition/key/<key>/xml"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/deployment"): admits("A", Scope.READ_PROCESSES),
    ("DELETE", "/engine-rest/deployment/<deployment_id>"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/deployment/<deployment_id>"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/deployment/count"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/deployment/create"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/engine"): admits("A", Scope.READ_PROCESSES, Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/execution/<instance_id>/localVariables"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/execution/<instance_id>/localVariables"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/execution/<instance_id>/localVariables/<name>"): admits("A", Scope.READ_PROCESSES),
    ("PUT", "/engine-rest/execution/<instance_id>/localVariables/<name>"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/execution/<instance_id>/localVariables/<name>/data"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/execution/<instance_id>/localVariables/<name>/data"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/external-task"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/external-task"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/external-task/<task_id>"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/external-task/<task_id>/bpmnError"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/engine-rest/external-task/<task_id>/complete"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/external-task/<task_id>/errorDetails"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/external-task/<task_id>/extendLock"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/engine-rest/external-task/<task_id>/failure"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/engine-rest/external-task/<task_id>/lock"): admits("A", Scope.RUN_PROCESSES),
    ("PUT", "/engine-rest/external-task/<task_id>/priority"): admits("A", Scope.RUN_PROCESSES),
    ("PUT", "/engine-rest/external-task/<task_id>/retries"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/engine-rest/external-task/<task_id>/unlock"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/external-task/count"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/external-task/count"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/external-task/fetchAndLock"): admits("A", Scope.RUN_PROCESSES),
    ("PUT", "/engine-rest/external-task/retries"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/external-task/topic-names"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/incident"): admits("A", Scope.READ_PROCESSES),
    ("DELETE", "/engine-rest/incident/<incident_id>"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/incident/<incident_id>"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/incident/count"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/job"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/job"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/job/<job_id>"): admits("A", Scope.READ_PROCESSES),
    ("PUT", "/engine-rest/job/<job_id>/duedate"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/engine-rest/job/<job_id>/execute"): admits("A", Scope.RUN_PROCESSES),
    ("PUT", "/engine-rest/job/<job_id>/retries"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/job/count"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/job/count"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/message"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/engine-rest/signal"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/history/activity-instance"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/history/activity-instance"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/history/process-instance"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/history/process-instance"): admits("A", Scope.READ_PROCESSES),
    ("DELETE", "/engine-rest/history/process-instance/<instance_id>"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/history/process-instance/<instance_id>"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/history/process-instance/count"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/history/process-instance/count"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/history/task"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/history/task"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/history/variable-instance"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/history/variable-instance"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/migration/execute"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/engine-rest/migration/generate"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/migration/validate"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/process-definition"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/process-definition/<definition_id>"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/process-definition/<definition_id>/deployed-start-form"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/process-definition/<definition_id>/form-variables"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/process-definition/<definition_id>/rendered-form"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/process-definition/<definition_id>/start"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/process-definition/<definition_id>/startForm"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/process-definition/<definition_id>/submit-form"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/process-definition/<definition_id>/xml"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/process-definition/count"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/process-definition/key/<key>"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/process-definition/key/<key>/deployed-start-form"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/process-definition/key/<key>/form-variables"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/process-definition/key/<key>/rendered-form"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/process-definition/key/<key>/start"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/process-definition/key/<key>/startForm"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/process-definition/key/<key>/submit-form"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/process-definition/key/<key>/xml"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/process-instance"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/process-instance"): admits("A", Scope.READ_PROCESSES),
    ("DELETE", "/engine-rest/process-instance/<instance_id>"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/process-instance/<instance_id>"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/process-instance/<instance_id>/activity-instances"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/process-instance/<instance_id>/modification"): admits("A", Scope.RUN_PROCESSES),
    ("PUT", "/engine-rest/process-instance/<instance_id>/suspended"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/process-instance/<instance_id>/variables"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/process-instance/<instance_id>/variables"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/process-instance/<instance_id>/variables/<name>"): admits("A", Scope.READ_PROCESSES),
    ("PUT", "/engine-rest/process-instance/<instance_id>/variables/<name>"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/process-instance/<instance_id>/variables/<name>/data"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/process-instance/<instance_id>/variables/<name>/data"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/process-instance/count"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/process-instance/count"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/task"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/task"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/task/<task_id>"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/task/<task_id>/assignee"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/engine-rest/task/<task_id>/bpmnError"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/engine-rest/task/<task_id>/bpmnEscalation"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/engine-rest/task/<task_id>/claim"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/engine-rest/task/<task_id>/complete"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/task/<task_id>/deployed-form"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/task/<task_id>/form"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/task/<task_id>/form-variables"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/task/<task_id>/identity-links"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/task/<task_id>/localVariables"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/task/<task_id>/rendered-form"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/task/<task_id>/submit-form"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/engine-rest/task/<task_id>/unclaim"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/task/<task_id>/variables"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/task/<task_id>/variables"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/task/<task_id>/variables/<name>"): admits("A", Scope.READ_PROCESSES),
    ("PUT", "/engine-rest/task/<task_id>/variables/<name>"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/engine-rest/task/<task_id>/variables/<name>/data"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/task/count"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/engine-rest/task/count"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/engine-rest/version"): admits("A", Scope.READ_PROCESSES, Scope.RUN_PROCESSES),
    ("GET", "/v2/authentication/me"): admits("A", Scope.READ_PROCESSES, Scope.RUN_PROCESSES),
    ("GET", "/v2/decision-definitions/<decision_key>"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/v2/decision-definitions/<decision_key>/xml"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/v2/decision-definitions/evaluation"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/v2/decision-definitions/search"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/v2/deployments"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/v2/element-instances/<element_id>"): admits("A", Scope.READ_PROCESSES),
    ("PUT", "/v2/element-instances/<scope_id>/variables"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/v2/element-instances/search"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/v2/incidents/<incident_id>/resolution"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/v2/incidents/search"): admits("A", Scope.READ_PROCESSES),
    ("PATCH", "/v2/jobs/<job_id>"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/v2/jobs/<job_id>/completion"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/v2/jobs/<job_id>/error"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/v2/jobs/<job_id>/failure"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/v2/jobs/activation"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/v2/jobs/search"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/v2/message-subscriptions/search"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/v2/messages/correlation"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/v2/messages/publication"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/v2/process-definitions/<definition_id>"): admits("A", Scope.READ_PROCESSES),
    ("GET", "/v2/process-definitions/<definition_id>/xml"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/v2/process-definitions/search"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/v2/process-instances"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/v2/process-instances/<instance_id>"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/v2/process-instances/<instance_id>/cancellation"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/v2/process-instances/<instance_id>/incidents/search"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/v2/process-instances/<instance_id>/migration"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/v2/process-instances/<instance_id>/modification"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/v2/process-instances/search"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/v2/signals/broadcast"): admits("A", Scope.RUN_PROCESSES),
    ("GET", "/v2/topology"): admits("A", Scope.READ_PROCESSES, Scope.RUN_PROCESSES),
    ("GET", "/v2/user-tasks/<task_id>"): admits("A", Scope.READ_PROCESSES),
    ("DELETE", "/v2/user-tasks/<task_id>/assignee"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/v2/user-tasks/<task_id>/assignment"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/v2/user-tasks/<task_id>/completion"): admits("A", Scope.RUN_PROCESSES),
    ("POST", "/v2/user-tasks/search"): admits("A", Scope.READ_PROCESSES),
    ("POST", "/v2/variables/search"): admits("A", Scope.READ_PROCESSES),
}


_EXAMPLES = {"report_id": "00000000-0000-0000-0000-000000000000"}


def routes(house: House) -> dict[tuple[str, str], tuple[Mark, Rule]]:
    """Return the routes for programs, by method and address."""
    with house.app.app_context():
        marks = [(rule, mark_of(rule.endpoint)) for rule in house.app.url_map.iter_rules()]
    return {
        (method, rule.rule): (mark, rule)
        for rule, mark in marks
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if mark.scopes
    }


def call(program: Program, method: str, rule: Rule) -> int:
    """Call a route with nothing in the body; return the status."""
    built = rule.build({name: _EXAMPLES.get(name, "999999") for name in rule.arguments})
    assert built is not None
    return program.client.open(built[1], method=method, headers=program.headers).status_code


def test_the_routes_for_programs_admit_whom_this_table_says(house: House) -> None:
    assert {address: mark for address, (mark, _) in routes(house).items()} == ROUTES


@pytest.mark.parametrize("username", ["admin", "amara.okafor", "patient", None])
def test_each_role_reaches_what_the_table_admits_and_nothing_else(house: House, username: str | None) -> None:
    role = None if username is None else Role.ADMINISTRATOR
    if username == "patient":
        username, role = house.add_patient(), Role.PATIENT
    elif username == "amara.okafor":
        role = Role.DOCTOR
    scopes = tokens.scopes_for(role) if role is not None else ()
    program = program_of(house, username, *scopes) if username else Program(house.app)
    for (method, address), (mark, rule) in routes(house).items():
        status = call(program, method, rule)
        if role in mark.roles and (role is None or mark.scopes & set(scopes)):
            assert status not in {401, 403, 500}, (method, address)
        else:
            assert status == (401 if role is None else 403), (method, address)


def test_a_token_opens_what_its_scope_names_and_nothing_else(house: House) -> None:
    for scope in Scope:
        program = program_of(house, "admin", scope)
        for (method, address), (mark, rule) in routes(house).items():
            opens = Role.ADMINISTRATOR in mark.roles and scope in mark.scopes
            assert (call(program, method, rule) != 403) == opens, (scope, method, address)


def test_a_token_says_who_calls(house: House) -> None:
    answer = program_of(house, "admin", Scope.REPORTS).get(SESSION)
    assert answer.json is not None
    assert (answer.json["username"], answer.json["role"], answer.json["scopes"]) == (
        "admin",
        "administrator",
        ["reports"],
    )


def test_a_token_opens_no_page(house: House, program: Program) -> None:
    assert program.get("/dashboard").status_code == 403
    assert program.client.post("/logout", headers=program.headers).status_code == 403


def test_a_token_counts_more_than_the_session_beside_it(house: House, administrator: Visitor) -> None:
    headers = {"Authorization": f"Bearer {token_of(house, 'amara.okafor', Scope.READ_CLINIC)}"}
    answer = administrator.client.get(SESSION, headers=headers)
    assert answer.json is not None
    assert answer.json["username"] == "amara.okafor"
    assert administrator.client.get(SESSION, headers={"Authorization": "Bearer guessed"}).status_code == 401


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer dams_guessed", "Basic YWRtaW46YWRtaW4=", "Bearer \xff"]
)
def test_without_a_good_token_nobody_is_let_in(house: House, header: str) -> None:
    answer = house.app.test_client().get(SESSION, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.mimetype == "application/problem+json"


def test_an_expired_token_is_no_good(house: House) -> None:
    program = Program(house.app, token_of(house, "admin", Scope.REPORTS, days=1))
    assert program.get(SESSION).status_code == 200
    house.clock.advance(days=1)
    assert program.get(SESSION).status_code == 401


def test_a_token_ends_with_the_account_of_its_owner(house: House) -> None:
    username = house.add_patient()
    program = program_of(house, username, Scope.READ_CLINIC)
    assert program.get(SESSION).status_code == 200
    with house.services.database.write() as session:
        session.get_one(ApiToken, newest(house, username).id).login.active = False
    assert program.get(SESSION).status_code == 401


def newest(house: House, username: str) -> ApiToken:
    with house.services.database.read() as session:
        return tokens.list_tokens(session, login_id=house.login_id(username))[0]


def test_only_a_digest_of_a_token_is_kept(house: House) -> None:
    text = token_of(house, "admin", Scope.REPORTS)
    with house.services.database.read() as session:
        kept = [str(vars(row)) for row in session.scalars(select(ApiToken))]
    assert not any(text in row for row in kept)


def test_the_use_of_a_token_is_noted_to_the_hour(house: House) -> None:
    username = house.add_patient()
    program = program_of(house, username, Scope.READ_CLINIC)
    began = house.clock.now
    program.get(SESSION)
    house.clock.advance(minutes=59)
    program.get(SESSION)
    assert newest(house, username).last_used_at == began
    house.clock.advance(minutes=1)
    program.get(SESSION)
    assert newest(house, username).last_used_at == began + timedelta(hours=1)


def test_changes_of_a_session_need_the_csrf_header(house: House, administrator: Visitor) -> None:
    body = {"process_id": "no_such_process"}
    refused = administrator.client.post(START, json=body)
    assert (refused.status_code, refused.mimetype) == (400, "application/problem+json")
    known = administrator.client.get(SESSION).json
    assert known is not None
    assert known["scopes"] is None
    assert administrator.client.post(START, json=body, headers={"X-CSRFToken": known["csrf_token"]}).status_code == 404
