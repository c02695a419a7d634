// The MicroPython VM with the files of a job in its file system.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

export async function readAll(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function makeFolders(fs, path) {
  let at = "";
  for (const part of path.split("/").slice(1, -1)) {
    at += "/" + part;
    if (!fs.analyzePath(at).exists) fs.mkdir(at);
  }
}

// folder: where npm installed the package; print(line): what the code prints.
export async function loadVm(folder, job, print, host = {}) {
  const entry = join(folder, "node_modules/@micropython/micropython-webassembly-pyscript");
  const { loadMicroPython } = await import(pathToFileURL(join(entry, "micropython.mjs")).href);
  const vm = await loadMicroPython({
    heapsize: job.heap_bytes,
    pystack: 16 * 1024,
    stdout: print,
    stderr: print,
    linebuffer: true,
  });
  for (const [path, source] of Object.entries(job.files ?? {})) {
    makeFolders(vm.FS, path);
    vm.FS.writeFile(path, readFileSync(source));
  }
  const cpuUs = () => process.cpuUsage().user + process.cpuUsage().system;
  const nowUs = () => Math.round(performance.now() * 1000);
  vm.registerJsModule("host", { now_us: nowUs, cpu_us: cpuUs, ...host });
  vm.runPython(`import sys; sys.path[:] = ${JSON.stringify(job.path)}`);
  return vm;
}
