// Analyses samples for the process in sample.bpmn: a worker outside of DAMS, by Camunda's own client.
//
//     CLINIC_TOKEN=dams_... node docs/external-worker/worker.mjs
import { BasicAuthInterceptor, Client, Variables, logger } from "camunda-external-task-client-js";

const { CLINIC_URL = "http://127.0.0.1:8000", CLINIC_USER = "admin", CLINIC_TOKEN } = process.env;
const RETRIES = 3;

const client = new Client({
  baseUrl: `${CLINIC_URL}/engine-rest`,
  interceptors: new BasicAuthInterceptor({ username: CLINIC_USER, password: CLINIC_TOKEN }),
  use: logger,
  maxTasks: 5,
  asyncResponseTimeout: 30000, // the service holds the request until there is work: nothing is asked in vain
  lockDuration: 60000, // if this program dies, others get its tasks after a minute
});

client.subscribe("analyse_sample", async ({ task, taskService }) => {
  const sample = task.variables.get("sample");
  try {
    const millimoles = analyse(sample);
    const result = { substance: "glucose", millimoles, critical: millimoles > 11 };
    await taskService.complete(task, new Variables().set("result", result));
  } catch (error) {
    if (error instanceof Spoilt) {
      await taskService.handleBpmnError(task, "SPOILT", error.message); // the diagram says what then
    } else {
      const retries = (task.retries ?? RETRIES) - 1; // none left: staff see an incident, and can retry
      await taskService.handleFailure(task, { errorMessage: error.message, retries, retryTimeout: 1000 });
    }
  }
});

class Spoilt extends Error {}

// What a program of the laboratory would do.
function analyse(sample) {
  if (sample.hours > 24) throw new Spoilt(`The sample is ${sample.hours} hours old.`);
  if (!sample.tube) throw new Error("The analyser finds no tube.");
  return Math.round(sample.milligrams * 0.555) / 10;
}
