// What a SCORM package finds as its API. The server puts this, with the rules and what was kept, before
// every other script of the package's pages; it stands in the package's own frame, which has no origin of
// ours, and tells our page around it what to keep.

function evenhandScorm({ key, rules, values, data, host }) {
  const is2004 = rules.edition === "2004";
  const { errors, elements, types } = rules;
  const name = is2004 ? "API_1484_11" : "API";
  const mark = `evenhand:${key}:`;

  // In a frame of the package that may read its own parent, that one has the API already.
  let seesParent = true;
  try {
    if (window.parent !== window && window.parent[name]) return;
  } catch {
    seesParent = false; // It is our page, or a frame without an origin.
  }
  const isOutermost = window.parent === window.top;

  let state = "new";
  let lastError = 0;
  let saved = true;
  // Another page of the same part goes on where the last one was, before the server has it.
  if (isOutermost && window.name.startsWith(mark)) {
    try {
      ({ data, state } = JSON.parse(window.name.slice(mark.length)));
    } catch {
      // Somebody else's words; what the server kept stands.
    }
  }

  function tell(kind, more) {
    window.top.postMessage({ evenhand: kind, key, ...more }, host);
  }

  // Frames within keep their names: links of the package aim at them.
  function remember() {
    if (isOutermost) window.name = mark + JSON.stringify({ data, state });
  }

  function fail(reason, otherwise) {
    lastError = errors[reason] ?? 0;
    return otherwise;
  }

  function notRunning(what) {
    return fail(`${state === "ended" ? "ended" : "not_running"}_${what}`, what === "get" ? "" : "false");
  }

  const general = (element) => element.replace(/(?<=\.)[0-9]{1,9}(?=\.|$)/g, "n");

  // How many entries a list has; the list's name ends in a dot.
  function count(list) {
    const found = new Set();
    for (const element of Object.keys(data)) {
      if (element.startsWith(list)) found.add(element.slice(list.length).split(".")[0]);
    }
    return found.size;
  }

  function indices(element) {
    return [...element.matchAll(/(?<=\.)[0-9]{1,9}(?=\.|$)/g)].map((found) => ({
      list: element.slice(0, found.index),
      number: Number(found[0]),
    }));
  }

  function unknown(element) {
    if (/\._children$/.test(element) && elements[general(element.replace(/\._children$/, ""))]) return "children";
    if (/\._count$/.test(element)) return "count";
    return "undefined";
  }

  function get(element) {
    if (state !== "running") return notRunning("get");
    element = String(element ?? "");
    if (element === "") return fail(is2004 ? "children" : "argument", "");
    const rule = elements[general(element)];
    if (!rule) return fail(unknown(element), "");
    if (!rule.access.includes("r")) return fail("write_only", "");
    for (const { list, number } of indices(element)) {
      if (number >= count(list)) return fail("index", "");
    }
    lastError = 0;
    if (element.endsWith("._count")) return String(count(element.slice(0, -"_count".length)));
    if (element in data) return data[element];
    if (element in values) return values[element];
    return rule.default === null ? fail("unset", "") : rule.default;
  }

  function problemWith(type, value) {
    const rule = types[type];
    if (rule.words && !rule.words.includes(value)) return "type";
    if (rule.max !== undefined && [...value].length > rule.max) return "type";
    if (rule.pattern && !new RegExp(rule.pattern).test(value)) return "type";
    if (rule.low !== undefined && value !== "" && !(Number(value) >= rule.low && Number(value) <= rule.high)) return "range";
    return "";
  }

  function set(element, value) {
    if (state !== "running") return notRunning("set");
    element = String(element ?? "");
    value = String(value ?? "");
    if (element === "") return fail(is2004 ? "order" : "argument", "false");
    const rule = elements[general(element)];
    if (!rule) return fail(unknown(element) === "undefined" ? "undefined" : "keyword", "false");
    if (!rule.access.includes("w")) return fail(rule.keyword ? "keyword" : "read_only", "false");
    for (const { list, number } of indices(element)) {
      if (number > count(list) || number >= rules.maxIndex) return fail("order", "false");
    }
    for (const list of rules.needsId) {
      if (!general(element).startsWith(list)) continue;
      const entry = element.split(".").slice(0, 3).join(".");
      if (element !== `${entry}.id` && !(`${entry}.id` in data)) return fail("dependency", "false");
    }
    const problem = value.includes("\0") ? "type" : problemWith(rule.type, value);
    if (problem) return fail(problem, "false");
    data[element] = value;
    lastError = 0;
    remember();
    tell("data", { data: { ...data }, hasEnded: false });
    return "true";
  }

  function initialize(argument) {
    if (argument !== "" && argument !== undefined && argument !== null) return fail("argument", "false");
    if (state === "running") return fail("running", "false");
    if (state === "ended" && is2004) return fail("ended", "false");
    state = "running";
    lastError = 0;
    remember();
    tell("started", {});
    return "true";
  }

  function commit(argument) {
    if (argument !== "" && argument !== undefined && argument !== null) return fail("argument", "false");
    if (state !== "running") return notRunning("commit");
    tell("commit", { data: { ...data }, hasEnded: false });
    // The page around us sends it on; of the last time we know by now whether it got there.
    if (!saved) return fail("commit", "false");
    lastError = 0;
    return "true";
  }

  function terminate(argument) {
    if (argument !== "" && argument !== undefined && argument !== null) return fail("argument", "false");
    if (state !== "running") return notRunning("end");
    state = "ended";
    lastError = 0;
    remember();
    tell("finish", { data: { ...data }, hasEnded: true });
    return "true";
  }

  const texts = {
    0: "No error",
    101: "General exception",
    102: "General initialization failure",
    103: "Already initialized",
    104: "Content instance terminated",
    112: "Termination before initialization",
    113: "Termination after termination",
    122: "Retrieve data before initialization",
    123: "Retrieve data after termination",
    132: "Store data before initialization",
    133: "Store data after termination",
    142: "Commit before initialization",
    143: "Commit after termination",
    201: is2004 ? "General argument error" : "Invalid argument error",
    202: "Element cannot have children",
    203: "Element not an array - cannot have count",
    301: is2004 ? "General get failure" : "Not initialized",
    351: "General set failure",
    391: "General commit failure",
    401: is2004 ? "Undefined data model element" : "Not implemented error",
    402: is2004 ? "Unimplemented data model element" : "Invalid set value, element is a keyword",
    403: is2004 ? "Data model element value not initialized" : "Element is read only",
    404: is2004 ? "Data model element is read only" : "Element is write only",
    405: is2004 ? "Data model element is write only" : "Incorrect data type",
    406: "Data model element type mismatch",
    407: "Data model element value out of range",
    408: "Data model dependency not established",
  };
  const code = () => String(lastError);
  const text = (number) => texts[number] ?? "";
  const diagnose = (number) => texts[number || lastError] ?? "";
  const api = is2004
    ? {
        version: "1.0",
        Initialize: initialize,
        Terminate: terminate,
        GetValue: get,
        SetValue: set,
        Commit: commit,
        GetLastError: code,
        GetErrorString: text,
        GetDiagnostic: diagnose,
      }
    : {
        LMSInitialize: initialize,
        LMSFinish: terminate,
        LMSGetValue: get,
        LMSSetValue: set,
        LMSCommit: commit,
        LMSGetLastError: code,
        LMSGetErrorString: text,
        LMSGetDiagnostic: diagnose,
      };
  window[name] = api;

  window.addEventListener("message", ({ data: message, source }) => {
    if (source === window.top && message?.evenhand === "kept") saved = message.isKept;
  });

  // Many look for the API in the window around them first, which they may not read here.
  if (!seesParent) {
    const around = window.parent;
    const standIn = { [name]: api, postMessage: (...words) => around.postMessage(...words) };
    standIn.parent = standIn;
    Object.defineProperty(window, "parent", { value: standIn, configurable: true });
  }
  if (window.origin !== "null") return;

  // Without an origin there is no storage and no cookie; these last as long as the page.
  for (const place of ["localStorage", "sessionStorage"]) {
    const kept = new Map();
    Object.defineProperty(window, place, {
      value: {
        getItem: (item) => kept.get(String(item)) ?? null,
        setItem: (item, value) => void kept.set(String(item), String(value)),
        removeItem: (item) => void kept.delete(String(item)),
        clear: () => kept.clear(),
        key: (number) => [...kept.keys()][number] ?? null,
        get length() {
          return kept.size;
        },
      },
    });
  }
  const cookies = new Map();
  Object.defineProperty(document, "cookie", {
    get: () => [...cookies].map(([item, value]) => `${item}=${value}`).join("; "),
    set: (line) => {
      const [item, ...value] = String(line).split(";")[0].split("=");
      cookies.set(item.trim(), value.join("="));
    },
  });
}
