// Camunda's own SDK for JavaScript, as it is, brings a parcel to its end: `node camunda8.mjs '{"address": ...}'`. What
// it has seen is told in one line of JSON.
import camunda from "@camunda8/sdk";

const { address, diagram, username, token, client, parcel } = JSON.parse(process.argv[2]);
const seen = {};

const speak = (config) => new camunda.CamundaRestClient({ config: { ZEEBE_REST_ADDRESS: address, ...config } });
const bearer = speak({ CAMUNDA_AUTH_STRATEGY: "BEARER", CAMUNDA_OAUTH_TOKEN: token });
const basic = speak({
  CAMUNDA_AUTH_STRATEGY: "BASIC",
  CAMUNDA_BASIC_AUTH_USERNAME: username,
  CAMUNDA_BASIC_AUTH_PASSWORD: token,
});
const oauth = speak({
  CAMUNDA_AUTH_STRATEGY: "OAUTH",
  CAMUNDA_OAUTH_URL: `${address}/oauth/token`,
  CAMUNDA_TOKEN_DISK_CACHE_DISABLE: true,
  ZEEBE_CLIENT_ID: client.id,
  ZEEBE_CLIENT_SECRET: client.secret,
});

const eventually = async (look) => {
  for (;;) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

for (const [name, each] of Object.entries({ bearer, basic, oauth })) {
  seen[name] = (await each.getTopology()).gatewayVersion;
}

const [deployed] = (await oauth.deployResourcesFromFiles([diagram])).processes;
const [unchanged] = (await oauth.deployResourcesFromFiles([diagram])).processes;
seen.unchanged = deployed.processDefinitionKey === unchanged.processDefinitionKey;

const worker = oauth.createJobWorker({
  type: "parcel",
  worker: "sdk",
  timeout: 60000,
  maxJobsToActivate: 5,
  requestTimeout: 20000,
  jobHandler: async (job) => {
    if (seen.job) return job.complete({ weight: 3 });
    seen.job = { variables: job.variables, headers: job.customHeaders, retries: job.retries };
    return job.fail({ errorMessage: "no tape" }); // and takes it again, with one attempt less
  },
});

const { processInstanceKey } = await oauth.createProcessInstance({
  processDefinitionKey: deployed.processDefinitionKey,
  variables: { parcel },
});
const task = await eventually(
  async () => (await oauth.searchUserTasks({ filter: { processInstanceKey } })).items[0],
);
await worker.stop();
await oauth.assignUserTask({ userTaskKey: task.userTaskKey, assignee: username });
await oauth.completeUserTask({ userTaskKey: task.userTaskKey, variables: { signed: true } });
seen.taken = (await oauth.correlateMessage({ name: "arrived", correlationKey: parcel })).processInstanceKey;
const [instance] = (await oauth.searchProcessInstances({ filter: { processInstanceKey } })).items;
seen.state = instance.state;
const { items } = await oauth.searchVariables({ filter: { processInstanceKey }, sort: [{ field: "name" }] });
seen.variables = Object.fromEntries(items.map(({ name, value }) => [name, value]));
try {
  await oauth.cancelProcessInstance({ processInstanceKey });
} catch (error) {
  seen.refused = [error.statusCode, error.detail];
}
const awaited = oauth.createProcessInstanceWithResult({
  processDefinitionKey: deployed.processDefinitionKey,
  variables: { parcel: `${parcel}-again`, weight: 4 },
  startInstructions: [{ elementId: "wait" }],
  requestTimeout: 120000,
});
const again = { name: "arrived", correlationKey: `${parcel}-again`, variables: { at: "noon" } };
const { processInstanceKey: second } = await eventually(() => oauth.correlateMessage(again).catch(() => null));
const result = await awaited; // one that was not asked for twice
seen.awaited = [result.processInstanceKey === second, result.variables];
const tried = await oauth.createProcessInstance({
  processDefinitionKey: deployed.processDefinitionKey,
  variables: { parcel },
  startInstructions: [{ elementId: "hand_over" }],
  runtimeInstructions: [{ type: "TERMINATE_PROCESS_INSTANCE", afterElementId: "hand_over" }],
});
const mine = { filter: { processInstanceKey: tried.processInstanceKey } };
await oauth.completeUserTask({ userTaskKey: (await oauth.searchUserTasks(mine)).items[0].userTaskKey });
seen.tried = (await oauth.searchProcessInstances(mine)).items[0].state;
seen.instances = (
  await oauth.searchProcessInstances({ filter: { processDefinitionKey: deployed.processDefinitionKey } })
).items.length;
console.log(JSON.stringify({ ...seen, processInstanceKey }));
process.exit(0); // the SDK keeps timers
