// A virtual station in the MicroPython VM, served on a TCP port in step with real time.
//   node station.mjs VM_FOLDER JOB_FILE
// job: what vm.mjs takes, and {setup, steps, marks, end_us, image_fd, progress, progress_fd, port}. The job file is removed at
// once. The same rules as serve.py: one client at a time, the second is turned away.
import { readFileSync, readSync, fstatSync, unlinkSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { loadVm } from "./vm.mjs";

const IDLE_MS = 20;
const SLICE_US = 5000;
const SCRIPT_SLICE_US = 120_000_000;

const job = JSON.parse(readFileSync(process.argv[3], "utf8"));
unlinkSync(process.argv[3]);

function stop(code, text) {
  if (text) process.stderr.write(text + "\n");
  process.exit(code);
}
process.on("SIGTERM", () => stop(0));
process.on("SIGINT", () => stop(0));

function readImage(fd) {
  const image = Buffer.alloc(fstatSync(fd).size);
  let at = 0;
  while (at < image.length) at += readSync(fd, image, at, image.length - at, at);
  return image;
}

const image = readImage(job.image_fd);

function writeImage(offset, hex) {
  const data = Buffer.from(hex, "hex");
  data.copy(image, offset);
  let at = 0;
  while (at < data.length) at += writeSync(job.image_fd, data, at, data.length - at, offset + at);
}

const vm = await loadVm(process.argv[2], job, (line) => process.stderr.write(line + "\n"), {
  image_read: (offset, length) => image.toString("hex", offset, offset + length),
  image_write: writeImage,
});
vm.runPython("from yellowgate.sim.vm.inside import Inside");
const inside = vm.globals.get("Inside")(JSON.stringify(job.setup), JSON.stringify(job.steps));

// An error in the firmware that reaches us is a bug: say where, and end.
function call(name, ...args) {
  try {
    return inside[name](...args);
  } catch (error) {
    return stop(1, String(error.message ?? error));
  }
}

const breathe = () => new Promise((resolve) => setImmediate(resolve));
const roomUs = () => performance.now() * 1000;

// How far the script was played, for the next start on this image; see image.py.
function note() {
  if (job.progress_fd < 0) return;
  writeSync(job.progress_fd, JSON.stringify(job.progress).padEnd(job.progress_bytes), 0);
}

let worldUs = Number(call("now"));
for (const markUs of job.marks) {
  while (worldUs < markUs) {
    worldUs = Math.min(markUs, worldUs + SCRIPT_SLICE_US);
    call("advance", String(worldUs));
    await breathe();
  }
  job.progress.world_us = Math.max(job.progress.world_us, Math.min(markUs + 1, job.end_us));
  note();
}
const roomUtcUs = () => Date.now() * 1000 - job.epoch_us;
job.progress.serves_utc_us ||= job.ends_now
  ? job.progress.utc_us + job.end_us // playing took a while: it had ended when it was begun
  : roomUtcUs();
const beginUs = Math.floor(job.end_us + Math.max(0, roomUtcUs() - job.progress.serves_utc_us));
if (beginUs > worldUs) call("advance", String(beginUs));
job.progress.world_us = Math.max(job.progress.world_us, job.end_us + 1);
note();
const aheadUs = Number(call("now")) - roomUs();

let client = null;
let flowing = true; // the client takes what it is sent
let held = ""; // said by a station that did one thing for seconds: the room hears it then, not now

const isAhead = () => Number(call("now")) > roomUs() + aheadUs + 2 * SLICE_US;

function advance() {
  const targetUs = roomUs() + aheadUs;
  let said = 0;
  do {
    worldUs = Math.min(targetUs, Math.max(worldUs, Number(call("now"))) + SLICE_US);
    let output = held + call("advance", String(Math.floor(worldUs)));
    held = client && isAhead() ? output : "";
    output = held ? "" : output;
    if (client && output.length) {
      said += output.length;
      flowing = client.write(Buffer.from(output, "hex"));
    }
  } while (worldUs < targetUs && flowing);
  return said > 0;
}

// Who comes second is turned away, unless the first has hung up and we were only not told yet: so
// the loop goes round first, as often as it takes to begin reading from a client and to meet its end.
const ROUNDS = 3;
const server = createServer((socket) => {
  socket.on("error", () => {});
  receive(socket, ROUNDS);
});

function receive(socket, rounds) {
  if (!client) welcome(socket);
  else if (rounds) setImmediate(() => receive(socket, rounds - 1));
  else socket.destroy();
}

function welcome(socket) {
  if (socket.destroyed) return;
  client = socket;
  flowing = true;
  held = "";
  socket.setNoDelay(true);
  call("plug", true);
  socket.on("data", (data) => {
    advance();
    call("arrive", data.toString("hex"));
    advance();
  });
  socket.on("drain", () => (flowing = true));
  socket.on("end", () => leave(socket));
  socket.on("close", () => leave(socket));
}

function leave(socket) {
  if (client !== socket) return;
  client = null;
  flowing = true;
  call("plug", false);
}

server.on("error", (error) =>
  stop(1, `port ${job.port}: cannot be listened on (${error.code}); take another, or 0 for any`),
);
server.listen(job.port, "127.0.0.1", () => {
  process.stdout.write(`listening on socket://127.0.0.1:${server.address().port}\n`);
  turn();
});

function turn() {
  const active = flowing && (advance() || call("waiting") > 0) && !isAhead();
  if (active) setImmediate(turn);
  else setTimeout(turn, IDLE_MS);
}
