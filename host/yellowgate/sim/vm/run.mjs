// Runs one job in the MicroPython VM and writes its result as one line of JSON.
//   node run.mjs VM_FOLDER < job.json
// job: {files: {vmPath: hostPath}, path: [...], heap_bytes, code, steps: [[times, code], ...]}
// The global `result` comes back as {result}, an exception as {error}; what was printed as
// {output}. Inside, `import host` gives host.now_us(). Each step is a call of its own: only
// between two calls does the VM collect garbage.
import { loadVm, readAll } from "./vm.mjs";

const job = JSON.parse(await readAll(process.stdin));
const output = [];
const vm = await loadVm(process.argv[2], job, (line) => output.push(line));
const reply = { output };
try {
  vm.runPython(job.code);
  for (const [times, code] of job.steps) {
    for (let turn = 0; turn < times; turn++) vm.runPython(code);
  }
  vm.runPython("import json as _json; _result = _json.dumps(globals().get('result'))");
  reply.result = JSON.parse(vm.globals.get("_result"));
} catch (error) {
  reply.error = String(error.message ?? error);
}
process.stdout.write(JSON.stringify(reply) + "\n");
