// A worker by Camunda's own client for JavaScript: `node worker.mjs '{"address": ...}'`. What it does is told in lines
// of JSON. Tasks of the topic "errand" say with a variable what is to become of them; a clerk does all others.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { BasicAuthInterceptor, Client, Variables } from "camunda-external-task-client-js";

const { address, username, password, name, topics, lock, clerk } = JSON.parse(process.argv[2]);

const client = new Client({
  baseUrl: address,
  workerId: name,
  maxTasks: 1,
  maxParallelExecutions: 1,
  interval: 10,
  asyncResponseTimeout: 20000,
  lockDuration: lock,
  interceptors: new BasicAuthInterceptor({ username, password }),
});

const say = (event, task, more) => console.log(JSON.stringify({ event, task: task?.id, ...more }));

const errands = {
  async complete({ task, taskService }) {
    await taskService.complete(task, new Variables().set("done_by", name));
  },
  async stumble({ task, taskService }) {
    if (task.retries === 1) return errands.complete({ task, taskService });
    const retries = task.retries === null ? 2 : task.retries - 1;
    const told = { errorMessage: "no paper", errorDetails: "tray 1", retries, retryTimeout: 50 };
    await taskService.handleFailure(task, told);
  },
  async give_up({ task, taskService }) {
    await taskService.handleFailure(task, { errorMessage: "no paper", errorDetails: "tray 1", retries: 0 });
  },
  async refuse({ task, taskService }) {
    await taskService.handleBpmnError(task, "FULL", "no room", new Variables().set("why", { room: 3 }));
  },
  async extend({ task, taskService }) {
    await taskService.extendLock(task, 3600000);
    say("extended", task);
  },
  async put_back({ task, taskService }) {
    await taskService.unlock(task);
    await taskService.lock(task, 3600000);
    await errands.complete({ task, taskService });
  },
  async hang() {},
};

let ask;
if (clerk) {
  const child = spawn(clerk[0], clerk.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  ask = async (task) => {
    const variables = task.variables.getAll();
    child.stdin.write(JSON.stringify({ task: { ...task, variables: undefined }, variables }) + "\n");
    return JSON.parse((await answers.next()).value);
  };
}

async function work({ task, taskService }) {
  const { variables, code, message } = await ask(task);
  if (code) await taskService.handleBpmnError(task, code, message);
  else await taskService.complete(task, new Variables().setAll(variables));
}

for (const event of ["poll:error", "complete:error", "handleFailure:error", "handler:error"]) {
  client.on(event, (...told) => say(event, undefined, { error: String(told.at(-1)) }));
}
for (const topic of topics) {
  client.subscribe(topic, async ({ task, taskService }) => {
    say("taken", task, { topic, retries: task.retries });
    await (topic === "errand" ? errands[task.variables.get("how")] : work)({ task, taskService });
  });
}
