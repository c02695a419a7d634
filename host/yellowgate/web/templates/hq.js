(function () {
  "use strict";
  var body = document.body, live = document.getElementById("live"), lost = document.getElementById("lost");
  var said = document.getElementById("said"), page = body.dataset.page, version = body.dataset.version;
  // The laptop's clock, as far as it is known here: its moment less that of this browser's clock.
  var ahead = +body.dataset.now - Date.now(), heard = performance.now(), heardMs = +body.dataset.now, failing = false, loading = false;
  var touched = 0, waiting = [], me = readMe();
  var keep = storage();
  var HQ = window.HQ = { now: now, send: send, say: say, keep: keep, me: me, onBeat: [] };

  function storage() {
    try { localStorage.setItem("gate.t", "1"); return localStorage; } catch (e) {
      var rows = {};
      return { getItem: function (k) { return k in rows ? rows[k] : null; }, setItem: function (k, v) { rows[k] = v; },
        removeItem: function (k) { delete rows[k]; } };
    }
  }
  function readMe() {
    var port = location.port || (location.protocol === "https:" ? "443" : "80");
    var at = document.cookie.split("; ").filter(function (c) { return c.indexOf("gate_me_" + port + "=") === 0; })[0];
    if (!at) return { token: "", name: "" };
    var words = at.slice(at.indexOf("=") + 1).split(".");
    return { token: words[0], name: decodeURIComponent(words[1] || "") };
  }
  function now() { return body.dataset.still ? +body.dataset.now : Date.now() + ahead; }
  function two(n) { return (n < 10 ? "0" : "") + n; }
  function hms(s) {
    s = Math.floor(Math.abs(s));
    return Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
  }
  function brief(s) {
    s = Math.floor(Math.abs(s));
    if (s < 60) return s + " s";
    if (s < 3600) return Math.floor(s / 60) + " min";
    if (s < 172800) return Math.floor(s / 3600) + " h " + two(Math.floor(s / 60) % 60);
    return Math.floor(s / 86400) + " days";
  }
  function wall(ms, zone) {
    var day = { weekday: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
    try { day.timeZone = zone || undefined; return new Intl.DateTimeFormat("en-GB", day).format(ms).replace(",", ""); }
    catch (e) { delete day.timeZone; return new Intl.DateTimeFormat("en-GB", day).format(ms).replace(",", ""); }
  }
  function write(at, text) { if (at.textContent !== text) at.textContent = text; }
  function tick() {
    var ms = now();
    document.querySelectorAll(".tick").forEach(function (at) {
      var s = (at.dataset.way === "to" ? at.dataset.at - ms : ms - at.dataset.at) / 1000;
      write(at, at.dataset.way === "ago" ? brief(s) + " ago" : hms(s));
    });
    document.querySelectorAll(".wall").forEach(function (at) { write(at, wall(ms, at.dataset.zone)); });
    if (failing) {
      var zone = document.querySelector("[data-zone]"), silent = performance.now() - heard;
      write(lost, "No word from the laptop since " + wall(heardMs, zone && zone.dataset.zone) +
        " (" + brief(silent / 1000) + "). Who came in since is not shown.");
    }
    if (lost.hidden === failing) lost.hidden = !failing;
  }

  // Changes: each piece is put where it belongs; what was opened stays open, the focus where it was.
  function element(html) {
    var made = document.createElement("template");
    made.innerHTML = html;
    return made.content.firstElementChild;
  }
  function put(row) {
    var id = row[0], parent = row[1] ? document.getElementById(row[1]) : live;
    var old = document.getElementById(id), at = old, inside = old && old.contains(document.activeElement);
    if (!parent) throw new Error("no " + row[1]);
    if (row[3] !== null) {
      at = element(row[3]);
      if (old) {
        if (at.dataset.shell) while (old.firstChild) at.appendChild(old.firstChild);
        if (old.open) at.open = true;
        hold(old, at);
      } else if (at.dataset.tone) HQ.tones[at.dataset.tone] = true;
    }
    var before = row[2] ? document.getElementById(row[2]) : null;
    var place = before && before.parentNode === parent ? before.nextSibling : parent.firstChild;
    if (place === at || (old && place === old && at !== old)) {
      if (at !== old) old.replaceWith(at);
    } else {
      if (old && at !== old) old.remove();
      parent.insertBefore(at, place);
    }
    if (inside) { var to = at.querySelector("[data-focus]") || at.querySelector("summary, button, a, input"); if (to) to.focus({ preventScroll: true }); }
  }
  // What somebody is typing into a piece that is replaced stays.
  function hold(old, at) {
    old.querySelectorAll("input[name], select[name], textarea[name]").forEach(function (from) {
      var to = at.querySelector('[name="' + from.name + '"]');
      if (!to || from.type === "radio") return;
      if (from.type === "checkbox") to.checked = from.checked; else if (from.value !== from.defaultValue) to.value = from.value;
    });
    var shown = old.querySelectorAll("details[open][id]");
    shown.forEach(function (one) { var to = at.querySelector("#" + CSS.escape(one.id)); if (to) to.open = true; });
  }
  function apply(change) {
    if (change.was !== version) return anew();
    var anchor = anchored(), top = anchor && anchor.getBoundingClientRect().top, id = anchor && anchor.id;
    HQ.tones = {};
    try { change.put.forEach(put); } catch (e) { return anew(); }
    change.gone.forEach(function (id) { var at = document.getElementById(id); if (at) at.remove(); });
    version = change.v;
    // What is under the finger stays there.
    var same = id && document.getElementById(id);
    if (same && Math.abs(same.getBoundingClientRect().top - top) > 1) scrollBy(0, same.getBoundingClientRect().top - top);
    tick();
    sound();
    if (HQ.onChange) HQ.onChange();
  }
  function anchored() {
    var rows = live.querySelectorAll("[id]:not([data-shell])");
    if (scrollY < 60) return null;
    for (var n = 0; n < rows.length; n++) if (rows[n].getBoundingClientRect().top >= 60) return rows[n];
    return null;
  }
  function flush() {
    if (performance.now() - touched < 500) return setTimeout(flush, 200);
    var rows = waiting; waiting = [];
    rows.forEach(apply);
  }
  // A finger that is about to press finds what it saw.
  addEventListener("pointerdown", function () { touched = performance.now(); }, { passive: true });
  function anew() {
    if (loading) return;
    loading = true;
    fetch(location.pathname + location.search, { headers: { Accept: "text/html" } }).then(function (answer) {
      if (answer.redirected && new URL(answer.url).pathname === "/in") location.href = "/in";
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      return answer.text();
    }).then(function (text) {
      var made = new DOMParser().parseFromString(text, "text/html"), open = [];
      live.querySelectorAll("details[open][id]").forEach(function (at) { open.push(at.id); });
      live.replaceChildren.apply(live, [].slice.call(made.getElementById("live").childNodes));
      open.forEach(function (id) { var at = document.getElementById(id); if (at) at.open = true; });
      version = made.body.dataset.version;
      loading = false; waiting = [];
      tick(); listen();
      if (HQ.onChange) HQ.onChange();
    }).catch(function () { loading = false; failing = true; setTimeout(anew, 3000); });
  }

  // Server-sent events; a browser comes back by itself, and is told what it missed.
  var source = null;
  function listen() {
    if (source) source.close();
    if (!page || !version) return;
    var mine = source = new EventSource("/live?page=" + page + "&about=" + encodeURIComponent(body.dataset.about || "") + "&version=" + version);
    source.addEventListener("beat", function (e) {
      ahead = +e.data - Date.now(); heard = performance.now(); heardMs = +e.data; failing = false;
      keep.setItem("gate.ahead", ahead);
      tick();
      HQ.onBeat.forEach(function (call) { call(); });
    });
    source.addEventListener("change", function (e) {
      heard = performance.now(); heardMs = now(); failing = false;
      waiting.push(JSON.parse(e.data));
      flush();
    });
    source.addEventListener("anew", function () { mine.close(); anew(); });
    source.onerror = function () {
      if (mine !== source) return;
      failing = true; tick();
      if (mine.readyState === 2) { mine.close(); setTimeout(function () { anew(); }, 3000); }
      else { mine.close(); setTimeout(listen, 2000); }
    };
  }
  // A page that is left holds no stream: browsers keep it for the way back, six streams fill them,
  // and the seventh page would wait for a minute.
  addEventListener("pagehide", function () { if (source) { source.close(); source = null; } });
  addEventListener("pageshow", function (e) { if (e.persisted) listen(); });
  setInterval(function () { if (source && performance.now() - heard > 40000) { failing = true; tick(); listen(); heard += 20000; } }, 5000);
  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", function () { if (!document.hidden && failing) listen(); });

  // Tones of their own: arrival, decision, alarm.
  var tones = { arrival: [[880, .12], [1175, .18]], decide: [[523, .14], [523, .14]], alarm: [[988, .2], [660, .2], [988, .3]] };
  var audio = null;
  HQ.tones = {};
  function sound() {
    var kind = ["alarm", "decide", "arrival"].filter(function (one) { return HQ.tones[one]; })[0];
    if (!kind) return;
    if (document.hidden) document.title = "• " + document.title.replace(/^• /, "");
    if (keep.getItem("gate.sound") === "off") return;
    HQ.lastTone = kind;
    try {
      audio = audio || new (window.AudioContext || window.webkitAudioContext)();
      var at = audio.currentTime;
      tones[kind].forEach(function (note) {
        var tone = audio.createOscillator(), loud = audio.createGain();
        tone.frequency.value = note[0]; loud.gain.value = .25;
        tone.connect(loud); loud.connect(audio.destination);
        tone.start(at); tone.stop(at + note[1]); at += note[1] + .05;
      });
    } catch (e) { /* a browser without sound shows all the same */ }
  }
  document.addEventListener("visibilitychange", function () { if (!document.hidden) document.title = document.title.replace(/^• /, ""); });

  // Changes that people make.
  function say(text, isBad, buttons) {
    said.className = "said" + (isBad ? " bad" : "");
    said.replaceChildren();
    var words = document.createElement("p");
    words.textContent = text;
    said.appendChild(words);
    (buttons || []).concat([["Close", hush]]).forEach(function (one) {
      var at = document.createElement("button");
      at.type = "button"; at.textContent = one[0]; at.onclick = one[1];
      said.appendChild(at);
    });
    said.hidden = false;
    return words;
  }
  function hush() { said.hidden = true; }
  function send(path, words) {
    words._token = me.token;
    var stop = new AbortController(), late = setTimeout(function () { stop.abort(); }, 20000);
    return fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(words), signal: stop.signal })
      .catch(function () { throw new Error("away"); })
      .then(function (answer) {
        clearTimeout(late);
        return answer.json().catch(function () { return { error: "The laptop answered what makes no sense (" + answer.status + ")." }; });
      });
  }
  function away() { say("The laptop does not answer: nothing was kept. Try again when it is back.", true); }
  // The moment of a decision is fixed when it is made: sent twice, it is the same one.
  function stamp() { return Math.round(now()) * 1000; }

  function keepIt(words, origin) {
    send("/keep", words).then(function (answer) {
      if (origin) origin.disabled = false;
      if (answer.error) return say(answer.error, true);
      if (answer.against) {
        return say(answer.against.join("\n") + "\nSo far nothing of yours is kept.", true, [["Decide against it", function () {
          words.seen = answer.seen; words.when_us = stamp(); keepIt(words);
        }]]);
      }
      var undo = answer.undo && answer.undo.length ? [["Undo", function () { hush(); undoThem(answer.undo); }]] : [];
      say(answer.said.join("\n"), false, undo);
      if (origin && origin.form && origin.form.dataset.reset) origin.form.reset();
      settle(origin);
    }).catch(function () { if (origin) origin.disabled = false; away(); });
  }
  // What was just decided goes in a moment: nobody presses it once more meanwhile.
  function settle(origin) {
    var item = origin && origin.closest(".item");
    if (!item) return;
    item.querySelectorAll("button").forEach(function (at) {
      at.disabled = true;
      setTimeout(function () { at.disabled = false; }, 5000);
    });
  }
  function undoThem(ids) {
    keepIt({ rulings: ids.map(function (id) { return { kind: "undo", data: { ruling: id } }; }), when_us: stamp() });
  }
  // First what it would change, then the button that keeps it.
  function look(words, origin) {
    origin.disabled = true;
    words.when_us = stamp();
    send("/preview", words).then(function (answer) {
      origin.disabled = false;
      if (answer.error) return say(answer.error, true);
      say(answer.lines.join("\n"), false, [["Keep it", function () { origin.disabled = true; words.rulings = answer.rulings; hush(); keepIt(words, origin); }]]);
      var main = said.querySelector("button"); if (main) main.focus({ preventScroll: true });
    }).catch(function () { origin.disabled = false; away(); });
  }
  function values(form) {
    var found = {};
    [].forEach.call(form.elements, function (at) {
      if (!at.name) return;
      if (at.type === "checkbox") { if (at.checked) found[at.name] = at.value === "on" ? "yes" : at.value; }
      else if (at.type === "radio") { if (at.checked) found[at.name] = at.value; }
      else if (at.type !== "file") found[at.name] = at.value;
    });
    return found;
  }
  document.addEventListener("click", function (e) {
    var at = e.target.closest && e.target.closest("button");
    if (!at) return;
    if (at.dataset.key) { e.preventDefault(); look({ key: at.dataset.key, answer: at.dataset.answer }, at); }
    else if (at.dataset.rulings) { e.preventDefault(); look({ rulings: JSON.parse(at.dataset.rulings) }, at); }
    else if (at.dataset.undo) { e.preventDefault(); undoThem([at.dataset.undo]); }
    else if (at.dataset.now) { e.preventDefault(); look({ kind: at.dataset.now, fields: { at: new Date(now()).toISOString(), event: at.dataset.event || "" } }, at); }
    else if (at.dataset.do === "theme") theme(true);
    else if (at.dataset.do === "sound") { keep.setItem("gate.sound", keep.getItem("gate.sound") === "off" ? "on" : "off"); words(); }
  });
  document.addEventListener("submit", function (e) {
    var form = e.target, button = e.submitter || form.querySelector("button");
    if (form.dataset.rule) {
      e.preventDefault();
      look({ kind: form.dataset.rule, fields: values(form), why: (form.elements.why || {}).value || "" }, button);
    } else if (form.dataset.send) {
      e.preventDefault();
      if (form.dataset.sure && !confirm(form.dataset.sure)) return;
      button.disabled = true;
      var file = form.querySelector("input[type=file]");
      (file && file.files.length ? base64(file.files[0]) : Promise.resolve(null)).then(function (data) {
        var words = values(form);
        if (data) { words.file = data; words.file_name = file.files[0].name; }
        if (button.name) words[button.name] = button.value;
        words.when_us = stamp();
        return send(form.dataset.send, words);
      }).then(function (answer) {
        button.disabled = false;
        if (answer.error) return say(answer.error, true);
        if (answer.then || form.dataset.then) { location.href = answer.then || form.dataset.then; return; }
        if (answer.ask) return say(answer.ask.join("\n"), false, [[answer.yes || "Take it in", function () {
          hush();
          send(form.dataset.send, answer.again).then(function (last) { say(last.error || last.said.join("\n"), !!last.error); }).catch(away);
        }]]);
        say((answer.said || ["Done."]).join("\n"));
        if (form.dataset.reset) form.reset();
      }).catch(function () { button.disabled = false; away(); });
    }
  });
  function base64(file) {
    return new Promise(function (done, fail) {
      var reader = new FileReader();
      reader.onload = function () { done(reader.result.slice(reader.result.indexOf(",") + 1)); };
      reader.onerror = fail;
      reader.readAsDataURL(file);
    });
  }
  function theme(turn) {
    var dark = matchMedia("(prefers-color-scheme:dark)").matches, set = keep.getItem("gate.theme") || (dark ? "dark" : "light");
    if (turn) { set = set === "dark" ? "light" : "dark"; keep.setItem("gate.theme", set); }
    if (turn || keep.getItem("gate.theme")) document.documentElement.dataset.theme = set;
  }
  function words() {
    var at = document.querySelector("[data-do=sound]");
    if (at) at.textContent = keep.getItem("gate.sound") === "off" ? "Sound: off" : "Sound: on";
    var who = document.getElementById("me");
    if (who && me.token) who.textContent = "You are " + (me.name || "nobody by name") + " (" + body.dataset.role + ").";
    var open = document.getElementById("open");
    if (open && location.protocol !== "https:" && !/^(localhost|127\.|\[::1\])/.test(location.hostname)) open.hidden = false;
  }
  // The list of the big screen scrolls by itself, down and then up again.
  if (page === "screen") setInterval(function () {
    var list = document.getElementById("s-list");
    if (!list || list.scrollHeight <= list.clientHeight) return;
    var end = list.scrollTop + list.clientHeight >= list.scrollHeight - 2;
    list.scrollTo({ top: end ? 0 : list.scrollTop + list.clientHeight * .8, behavior: "smooth" });
  }, 6000);
  // Keyboard: / finds, d desk, b board, e entry, u undoes what was just kept.
  document.addEventListener("keydown", function (e) {
    if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) return;
    var to = { "/": "/find", d: "/desk", b: "/board", e: "/entry" }[e.key];
    if (to && body.dataset.role !== "viewer") { e.preventDefault(); location.href = to; }
    else if (e.key === "u" && !said.hidden) [].forEach.call(said.querySelectorAll("button"), function (at) { if (at.textContent === "Undo") at.click(); });
    else if (e.key === "Escape") hush();
  });
  // A form that an answer of the desk asks for is open, and its first field has the focus.
  function openNamed() {
    var at = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!at || at.tagName !== "DETAILS") return;
    at.open = true;
    var first = at.querySelector("input:not([type=hidden]), select");
    if (first) first.focus();
    at.scrollIntoView({ block: "center" });
  }
  openNamed();
  addEventListener("hashchange", openNamed);
  if (location.pathname === "/in" && location.hash.length > 1) {
    document.getElementById("code").value = decodeURIComponent(location.hash.slice(1));
    document.getElementById("name").focus();
  }
  var named = document.getElementById("name");
  if (named && location.pathname === "/in") named.value = named.value || me.name || keep.getItem("gate.name") || "";
  if (me.name) keep.setItem("gate.name", me.name);
  theme(false); words(); tick(); listen();
})();
