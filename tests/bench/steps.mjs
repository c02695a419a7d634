// Runs the steps of a job in one MicroPython VM, one after the other; prints `result` as JSON.
//   node steps.mjs VM_FOLDER VM_MJS < job.json
// The VM collects garbage only between two calls from outside: gc.collect() at the end of a step
// takes effect before the next one. {"repeat": n, "code": ...} runs a step n times.
const { loadVm, readAll } = await import(process.argv[3]);

const job = JSON.parse(await readAll(process.stdin));
const output = [];
const vm = await loadVm(process.argv[2], job, (line) => output.push(line));
const reply = { output };
try {
  vm.runPython(job.code);
  for (const step of job.steps) {
    for (let turn = 0; turn < step.repeat; turn++) vm.runPython(step.code);
  }
  vm.runPython("import json as _json; _result = _json.dumps(result)");
  reply.result = JSON.parse(vm.globals.get("_result"));
} catch (error) {
  reply.error = String(error.message ?? error);
}
process.stdout.write(JSON.stringify(reply) + "\n");
