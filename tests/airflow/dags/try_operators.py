"""DAGs that try the operators on the processes of the tests."""

from airflow.sdk import dag

from operators import ProcessStateSensor, PublishMessageOperator, StartProcessOperator

OPTIONS = {"schedule": None, "is_paused_upon_creation": False, "render_template_as_native_obj": True}


@dag(params={"process_id": "airflow_quick", "amount": 21, "deferrable": True}, **OPTIONS)
def try_process() -> None:
    """Start a process, and wait for it in the triggerer and in the worker."""
    for task_id, deferrable in (("in_triggerer", True), ("in_worker", False)):
        StartProcessOperator(
            task_id=task_id,
            process_id="{{ params.process_id }}",
            variables={"amount": "{{ params.amount }}"},
            interval=0.2,
            deferrable=deferrable,
            retries=1,
        )


@dag(**OPTIONS)
def try_message() -> None:
    """Tell a process something, which it hears once it listens; look at it afterwards."""
    tell = PublishMessageOperator(
        task_id="tell", name="airflow_tells", correlation_key="{{ run_id }}", variables={"said": "hello"}
    )
    listen = StartProcessOperator(
        task_id="listen", process_id="airflow_listens", business_key="{{ run_id }}", interval=0.2
    )
    tell >> listen


@dag(params={"instance_id": "", "states": ["completed"]}, **OPTIONS)
def try_sensor() -> None:
    """Wait for an instance."""
    ProcessStateSensor(task_id="look", instance_id="{{ params.instance_id }}", poke_interval=0.2)


@dag(**OPTIONS)
def try_human() -> None:
    """Wait for a person."""
    StartProcessOperator(task_id="ask", process_id="airflow_asks", interval=0.2, retries=3)


try_process()
try_message()
try_sensor()
try_human()
