// Puts the parts of a large page in their places when they come into view, or are opened.
(() => {
  const blocks = [...document.querySelectorAll("script.parts")];
  const each = Number(blocks[0].dataset.each), read = new Map();
  const plain = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const two = (number) => String(number).padStart(2, "0");
  const span = (s) => `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  const stamp = (ms) => new Date(ms).toISOString().replace("T", " ").replace("Z", " UTC");
  const unpack = async (block) => {
    const bytes = Uint8Array.from(atob(block.textContent), (sign) => sign.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return JSON.parse(await new Response(stream).text());
  };
  const block = (at) => {
    if (!read.has(at)) read.set(at, unpack(blocks[at]));
    return read.get(at);
  };
  const number = (html) => `<td class="num">${html}</td>`;
  // A runner's laps, of the columns that later.py names.
  const table = (words, made) => {
    let in_s = 0, ms = made.ms0, at = 0;
    const rows = made.in.map((step, lap) => {
      in_s += step;
      const seen = [];
      for (const end = at + made.count[lap]; at < end; at += 1) {
        ms += made.ms[at];
        const [station, log] = words.stations[made.station[at]];
        const record = made.seq[at] < 0 ? "" : ` record ${made.seq[at]} ${words.bounds[made.bound[at]]}`;
        seen.push(`<span title="log ${plain(log)}, ${stamp(ms)}">` +
          plain(`${words.uses[made.use[at]]}: ${station}${record}`) + "</span>");
      }
      const verdict = made.other[lap] || '<span class="counted">counted</span>';
      return "<tr>" + number(lap + 1) + number(span(in_s)) + number(span(step - made.less[lap])) +
        `<td>${verdict}</td><td class="soft">${seen.join("; ")}</td></tr>`;
    });
    const heads = [words.unit, "in", "took"].map((text) => `<th scope="col" class="num">${text}</th>`);
    return `<div class="why"><p class="what">${plain(made.name)}: ${rows.length} ${words.unit}` +
      `${rows.length === 1 ? "" : "s"}</p><table><thead><tr>${heads.join("")}` +
      '<th scope="col">verdict</th><th scope="col">records</th></tr></thead>' +
      `<tbody>${rows.join("")}</tbody></table></div>`;
  };
  const fill = async (place) => {
    const at = Number(place.dataset.part) + 1;  // the first part is the words
    const words = (await block(0))[0], part = (await block(Math.floor(at / each)))[at % each];
    place.outerHTML = typeof part === "string" ? part : table(words, part);
  };
  const seen = new IntersectionObserver((rows) => rows.forEach((row) => {
    if (!row.isIntersecting) return;
    seen.unobserve(row.target);
    fill(row.target);
  }), { rootMargin: "200px" });
  document.querySelectorAll(".later").forEach((place) => seen.observe(place));
})();
