(function () {
  "use strict";
  var HQ = window.HQ, keep = HQ.keep, KEY = "gate.queue";
  var line = document.getElementById("line"), text = document.getElementById("text");
  var busy = false, asked = 0;

  // What waits on this phone: typed lines with the moment at which they were typed.
  function queue() { try { return JSON.parse(keep.getItem(KEY) || "[]"); } catch (e) { return []; } }
  function save(rows) { keep.setItem(KEY, JSON.stringify(rows)); show(); }
  function number() {
    var bytes = new Uint8Array(8);
    crypto.getRandomValues(bytes);
    return [].map.call(bytes, function (b) { return (b + 256).toString(16).slice(1); }).join("");
  }
  function make(tag, words, kind) {
    var at = document.createElement(tag);
    if (words) at.textContent = words;
    if (kind) at.className = kind;
    return at;
  }
  function button(words, call) {
    var at = make("button", words);
    at.type = "button"; at.onclick = call;
    return at;
  }
  function show() {
    var rows = queue(), list = document.getElementById("queue-list");
    document.getElementById("queue").hidden = !rows.length;
    document.getElementById("queue-count").textContent = rows.length;
    document.getElementById("queue-words").textContent =
      rows.some(function (row) { return row.problem; }) ? "What is marked needs you; the rest is handed in by itself." :
      "The laptop is out of reach. These are handed in as soon as it is back; they survive a reload.";
    list.replaceChildren.apply(list, rows.map(function (row) {
      var at = make("li", "", "box row"), said = make("span", row.line);
      said.appendChild(document.createElement("br"));
      said.appendChild(make("span", (row.problem || "typed " + new Date(row.when_us / 1000).toTimeString().slice(0, 8)), row.problem ? "red" : "soft"));
      at.appendChild(said);
      (row.choices || []).forEach(function (one) { at.appendChild(button(one[0], function () { change(row.id, { line: one[1], problem: "", choices: [] }); })); });
      if (row.seen) at.appendChild(button("Decide against it", function () { change(row.id, { id: number(), problem: "" }); }));
      if (row.problem) at.appendChild(button("Edit", function () { line.value = row.line; drop(row.id); line.focus(); live(); }));
      at.appendChild(button("Drop", function () { if (confirm("Drop this line: " + row.line)) drop(row.id); }));
      return at;
    }));
  }
  function change(id, words) {
    save(queue().map(function (row) { return row.id === id ? Object.assign(row, words) : row; }));
    handIn();
  }
  function drop(id) { save(queue().filter(function (row) { return row.id !== id; })); }
  function handIn() {
    var rows = queue().filter(function (row) { return !row.problem; }).slice(0, 200);
    if (busy || !rows.length) return;
    busy = true;
    HQ.send("/hand-in", { lines: rows }).then(function (answer) {
      busy = false;
      if (answer.error) { HQ.say(answer.error, true); return; }
      var of = {};
      answer.lines.forEach(function (row) { of[row.id] = row; });
      var left = queue().filter(function (row) { return !(of[row.id] && of[row.id].kept); });
      left.forEach(function (row) { if (of[row.id]) { row.problem = of[row.id].problem; row.choices = of[row.id].choices; row.seen = of[row.id].seen || row.seen; } });
      rows.forEach(function (row) { if (of[row.id] && of[row.id].kept) kept(row, of[row.id]); });
      save(left);
      if (left.some(function (row) { return !row.problem; })) handIn();
    }).catch(function () { busy = false; show(); });
  }
  function kept(row, answer) {
    var at = make("li", "", "box row"), list = document.getElementById("kept"), said = make("span", row.line);
    said.appendChild(document.createElement("br"));
    said.appendChild(make("span", answer.kept.join("; "), "soft"));
    at.appendChild(said);
    (answer.undo || []).slice(0, 1).forEach(function (id) { var undo = button("Undo"); undo.dataset.undo = id; at.appendChild(undo); });
    list.insertBefore(at, list.firstChild);
    while (list.children.length > 20) list.lastChild.remove();
  }
  function meaning(entry) {
    var at = make("div", "", entry.clear ? (entry.already ? "already" : "clear") : "unclear");
    at.appendChild(make("p", entry.problems.length ? entry.problems.join("; ") : entry.says || entry.runner));
    if (entry.compare) at.appendChild(make("p", entry.compare, "soft"));
    if (entry.already) at.appendChild(make("p", "It is kept already: keeping it changes nothing.", "soft"));
    entry.choices.forEach(function (one) { at.appendChild(button(one[0], function () { line.value = one[1]; line.focus(); live(); })); });
    if (entry.kind === "find" && entry.runner) { var link = make("a", "All of " + entry.runner, "button"); link.href = "/runner?who=" + encodeURIComponent(entry.runner); at.appendChild(link); }
    return at;
  }
  function live() { understand(line.value, document.getElementById("meaning"), false); }
  function understand(words, into, isMany) {
    var mine = ++asked;
    if (!words.trim()) { into.replaceChildren(); return; }
    HQ.send("/understand", { text: words }).then(function (answer) {
      if (mine !== asked) return;
      if (answer.error) { into.replaceChildren(make("p", answer.error, "red")); return; }
      into.replaceChildren.apply(into, answer.entries.map(function (entry) {
        var at = meaning(entry);
        if (isMany) at.insertBefore(make("b", entry.line), at.firstChild);
        return at;
      }));
      if (answer.more) into.appendChild(make("p", "and " + answer.more + " more lines"));
    }).catch(function () { if (mine === asked) into.replaceChildren(make("p", "The laptop is out of reach: what you keep waits on this phone.", "soft")); });
  }
  function soon(call) { var timer; return function () { clearTimeout(timer); timer = setTimeout(call, 150); }; }
  line.addEventListener("input", soon(live));
  text.addEventListener("input", soon(function () { understand(text.value, document.getElementById("meanings"), true); }));
  document.getElementById("one").addEventListener("submit", function (e) {
    e.preventDefault();
    if (!line.value.trim()) return;
    save(queue().concat([{ id: number(), line: line.value.trim(), when_us: Math.round(HQ.now()) * 1000 }]));
    line.value = ""; asked++;
    document.getElementById("meaning").replaceChildren();
    handIn();
  });
  document.getElementById("lines").addEventListener("submit", function (e) {
    e.preventDefault();
    HQ.send("/paste", { text: text.value, when_us: Math.round(HQ.now()) * 1000 }).then(function (answer) {
      if (answer.error) return HQ.say(answer.error, true);
      if (answer.against) return HQ.say(answer.against.join("\n") + "\nSo far nothing of yours is kept: take these lines out, or enter them one by one.", true);
      HQ.say(answer.said.join("\n"));
      text.value = answer.text;
      var into = document.getElementById("meanings");
      into.replaceChildren.apply(into, answer.left.map(function (entry) { var at = meaning(entry); at.insertBefore(make("b", entry.line), at.firstChild); return at; }));
    }).catch(function () { HQ.say("The laptop is out of reach: the lines stay here.", true); });
  });
  setInterval(handIn, 4000);
  addEventListener("online", handIn);
  show(); handIn();
})();
