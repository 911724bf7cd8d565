"""What the engines are asked for, as rows of the README's table, and what each of them can't do.

Every test of the contract belongs to one row. A test that an engine is listed for in `NOT_SUPPORTED` must be refused
there with its name, by `NotSupported` or by `InvalidDiagram` when it is deployed; it is not skipped.
"""

COLUMNS = {
    "embedded-sqlite": "Embedded",
    "embedded-postgresql": "Embedded",
    "embedded-spiffworkflow": "on SpiffWorkflow",
    "zeebe": "Zeebe",
    "temporal": "Temporal",
}
"""The engines under contract that the README shows, each with the head of its column."""

ROWS = {
    "Deployment in versions, whole or not at all": (
        "test_a_deployment_names_its_definitions",
        "test_only_what_changed_is_a_new_version",
        "test_instances_keep_the_version_they_began_with",
        "test_a_file_that_cannot_run_is_refused_with_all_others",
        "test_an_unknown_definition_is_not_found",
        "test_definitions_and_deployments_are_listed_counted_and_paged",
        "test_duplicates_are_the_deployment_that_brought_them",
        "test_a_deleted_deployment_takes_its_versions_with_it",
    ),
    "Instances: start, find, cancel, variables": (
        "test_an_instance_knows_how_it_began",
        "test_variables_come_back_as_they_went_in",
        "test_instances_are_found_by_every_criterion",
        "test_instances_are_found_by_variables_sorted_counted_and_paged",
        "test_a_cancelled_instance_is_over",
        "test_what_is_unknown_is_not_found",
    ),
    "History, and who did what": (
        "test_history_tells_the_path_in_order",
        "test_operators_can_read_what_was_done_and_what_changed",
        "test_statistics_tell_what_happened_in_each_element",
    ),
    "Gateways and parallel branches": (
        "test_a_gateway_takes_the_flow_whose_condition_holds_else_the_default",
        "test_parallel_branches_lose_nothing",
    ),
    "User tasks with forms: find, claim, complete once": (
        "test_tasks_come_one_after_the_other",
        "test_a_task_is_completed_once",
        "test_a_task_is_claimed_by_one",
        "test_a_task_is_handed_to_somebody_else",
        "test_tasks_are_found_by_every_criterion",
        "test_tasks_are_sorted_counted_and_paged",
        "test_unknown_tasks_are_not_found",
    ),
    "Jobs: retries, BPMN errors, incidents": (
        "test_jobs_are_done_in_order_and_their_answers_are_kept",
        "test_an_error_goes_to_its_boundary_event",
        "test_a_failing_job_is_tried_again",
        "test_a_job_that_fails_for_good_is_an_incident_that_can_be_resolved",
    ),
    "Messages: once, kept for their time to live": (
        "test_a_message_reaches_the_instance_with_its_key_once",
        "test_a_message_waits_within_its_time_to_live",
        "test_the_same_message_is_published_once",
        "test_a_message_starts_an_instance",
    ),
    "Signals": ("test_a_signal_reaches_all_that_wait_and_starts_instances",),
    "Timers": (
        "test_a_timer_fires_when_it_is_due",
        "test_a_timer_on_a_task_goes_with_the_task",
        "test_a_reminder_does_not_end_the_task_it_reminds_of",
    ),
    "Calls of other processes": (
        "test_a_called_process_runs_with_the_callers_variables_and_answers",
        "test_a_cancelled_caller_cancels_what_it_called",
    ),
    "Suspend and resume": (
        "test_a_suspended_instance_does_nothing_until_it_is_resumed",
        "test_a_message_is_kept_for_a_suspended_instance",
    ),
    "Modify, migrate, set variables": (
        "test_a_modification_goes_on_elsewhere",
        "test_an_instance_moves_to_another_version",
        "test_variables_are_set_for_the_process_and_for_one_task",
        "test_unknown_instances_and_tasks_are_not_found",
    ),
    "Start at any element, end behind one": (
        "test_a_part_of_a_process_is_tried_from_an_element_on",
        "test_a_part_of_a_process_is_tried_up_to_an_element",
    ),
    "Errors and escalations of user tasks": (
        "test_an_error_of_a_task_goes_to_its_boundary_event",
        "test_an_error_of_a_task_that_nothing_catches_is_an_incident_beside_it",
        "test_an_escalated_task_goes_on",
    ),
    "Deletion, and history's time to live": (
        "test_an_ended_instance_is_deleted",
        "test_history_goes_after_its_time_to_live_where_the_diagram_gives_one",
    ),
}

NOT_SUPPORTED: dict[str, frozenset[str]] = {
    "zeebe": frozenset(
        {
            "test_a_deleted_deployment_takes_its_versions_with_it",
            "test_a_suspended_instance_does_nothing_until_it_is_resumed",
            "test_a_message_is_kept_for_a_suspended_instance",
            "test_an_error_of_a_task_goes_to_its_boundary_event",
            "test_an_error_of_a_task_that_nothing_catches_is_an_incident_beside_it",
            "test_an_escalated_task_goes_on",
            "test_a_part_of_a_process_is_tried_up_to_an_element",
        }
    )
}
"""By engine, the tests that it refuses."""


def table() -> list[str]:
    """Return the lines of the README's table."""
    heads = list(dict.fromkeys(COLUMNS.values()))
    lines = [f"| What | {' | '.join(heads)} |", f"| --- {'| --- ' * len(heads)}|"]
    for row, tests in ROWS.items():
        cells = []
        for head in heads:
            refused = {test for name in COLUMNS if COLUMNS[name] == head for test in NOT_SUPPORTED.get(name, ())}
            missing = refused.intersection(tests)
            cells.append("no" if len(missing) == len(tests) else "in part" if missing else "yes")
        lines.append(f"| {row} | {' | '.join(cells)} |")
    return lines
