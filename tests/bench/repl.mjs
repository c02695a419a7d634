// The REPL of the MicroPython VM on a TCP port, with one file in its file system: the peer of the
// sync bench, for mpremote to copy from.
//   node repl.mjs VM_FOLDER FILE
// The VM's REPL takes bytes one by one and so cannot do raw paste, mpremote's fast way; it is done
// here, at no cost to mpremote, and handed on as plain raw mode.
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const entry = join(process.argv[2], "node_modules/@micropython/micropython-webassembly-pyscript");
const { loadMicroPython } = await import(pathToFileURL(join(entry, "micropython.mjs")).href);
const WINDOW_BYTES = 1024;
const ENTER_RAW_PASTE = Buffer.from("\x05A\x01");

let client = null;
let toStrip = ""; // of the VM's answer: the OK of plain raw mode, and the echo before it
let said = [];
function say(data) {
  for (const byte of data) {
    if (toStrip && byte === toStrip.charCodeAt(0)) toStrip = toStrip.slice(1);
    else said.push(byte);
  }
}
function flush() {
  if (said.length) client?.write(Buffer.from(said));
  said = [];
}

const vm = await loadMicroPython({ heapsize: 4 << 20, linebuffer: false, stdout: say });
vm.FS.writeFile("/records.bin", readFileSync(process.argv[3]));
vm.runPython("import os; os.chdir('/')");
vm.replInit();

let pasted = null; // the code that is being pasted, null: plain
function hear(data) {
  const at = pasted === null ? data.indexOf(ENTER_RAW_PASTE) : -1;
  if (at >= 0) {
    hear(data.subarray(0, at));
    said.push(0x52, 0x01, WINDOW_BYTES & 255, WINDOW_BYTES >> 8);
    pasted = [];
    return hear(data.subarray(at + ENTER_RAW_PASTE.length));
  }
  data.forEach((byte, index) => {
    if (pasted === null) return vm.replProcessChar(byte);
    if (byte !== 4) {
      pasted.push(byte);
      if (pasted.length % WINDOW_BYTES === 0) said.push(1);
      return;
    }
    said.push(4);
    const code = pasted;
    pasted = null;
    toStrip = "OK";
    for (const one of code) vm.replProcessChar(one);
    vm.replProcessChar(4);
    toStrip = "";
  });
}

const server = createServer((socket) => {
  client = socket;
  socket.setNoDelay(true);
  socket.on("data", (data) => {
    hear(data);
    flush();
  });
  socket.on("error", () => {});
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`listening on socket://127.0.0.1:${server.address().port}\n`);
});
