"""The demo's SCORM package: a scene from another department, as its authoring tool would export it."""

import io
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from content import packages
from content.models import ModulePage, Package, ScormPage, TrainingIndexPage
from people.models import User

TITLE = "A parcel is wet: what now?"

_MANIFEST = f"""<?xml version="1.0" encoding="utf-8"?>
<manifest identifier="wet-parcel" version="1.0" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
  <organizations default="course">
    <organization identifier="course">
      <title>{TITLE}</title>
      <item identifier="scene" identifierref="page">
        <title>{TITLE}</title>
        <adlcp:masteryscore>60</adlcp:masteryscore>
      </item>
    </organization>
  </organizations>
  <resources>
    <resource identifier="page" type="webcontent" adlcp:scormtype="sco" href="index.html">
      <file href="index.html"/><file href="scene.js"/><file href="scene.css"/>
    </resource>
  </resources>
</manifest>
"""

_PAGE = f"""<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{TITLE}</title>
  <link rel="stylesheet" href="scene.css">
  <script src="scene.js" defer></script>
</head>
<body>
  <main>
    <p class="where" id="where"></p>
    <h1 id="title"></h1>
    <p id="text"></p>
    <div id="choices"></div>
    <p id="answer" role="status"></p>
    <p><button type="button" id="next">Next</button></p>
  </main>
</body>
</html>
"""

_STYLE = """body { font: 1.05rem/1.5 Georgia, serif; margin: 0; background: #f4efe6; color: #2b2620; }
main { max-width: 38rem; margin: 0 auto; padding: 2rem 1.25rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
.where { font-size: .85rem; letter-spacing: .04em; text-transform: uppercase; color: #6d5a3d; }
label { display: block; padding: .6rem .8rem; margin: .5rem 0; background: #fff;
  border: 1px solid #cdbfa7; border-radius: .4rem; }
button { font: inherit; padding: .55rem 1.2rem; border: 0; border-radius: .4rem; background: #5b4423;
  color: #fff; }
button[disabled] { opacity: .45; }
"""

_SCRIPT = """// Finds the SCORM 1.2 API as most authoring tools do: here, or in a window around.
function find(win) {
  for (let hops = 0; win && hops < 8; hops += 1) {
    if (win.API) return win.API;
    if (win.parent === win) return null;
    win = win.parent;
  }
  return null;
}
const api = find(window);
const scenes = [
  { title: "Monday, 9:10", text: "Mrs Okoro writes: the box stood in the rain, and the lamp is wet." +
    " She is not angry, she is worried about her daughter's birthday on Thursday." },
  { title: "What do you write first?", question: true, options: [
    ["That you are sorry about the lamp, and that it will be there by Thursday.", 1],
    ["That parcels are the carrier's matter.", 0],
    ["That you need three pictures before you can say anything.", 0]] },
  { title: "She asks whether the wet lamp may be plugged in to try it.", question: true, options: [
    ["Yes, once it looks dry.", 0],
    ["No, not at all; it is collected with the new one.", 1]] },
  { title: "The new lamp", text: "It left at noon. You told her the number of the van. Nobody had to" +
    " ask twice." },
];
const began = Date.now();
let place = 0;
let right = {};
const element = (id) => document.getElementById(id);

function keep() {
  if (!api) return;
  api.LMSSetValue("cmi.core.lesson_location", String(place));
  api.LMSSetValue("cmi.suspend_data", JSON.stringify(right));
  const seconds = Math.round((Date.now() - began) / 1000);
  const two = (n) => String(n).padStart(2, "0");
  api.LMSSetValue("cmi.core.session_time",
    `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`);
  api.LMSCommit("");
}

function show() {
  const scene = scenes[place];
  element("where").textContent = `Scene ${place + 1} of ${scenes.length}`;
  element("title").textContent = scene.title;
  element("text").textContent = scene.text || "";
  element("answer").textContent = "";
  element("choices").replaceChildren();
  element("next").disabled = Boolean(scene.question);
  element("next").textContent = place === scenes.length - 1 ? "Finish" : "Next";
  for (const [text, points] of scene.options || []) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "radio";
    input.name = "choice";
    input.addEventListener("change", () => {
      right[place] = points;
      element("answer").textContent = points ? "Yes. She knows what happens and when."
        : "Think of what she is worried about.";
      element("next").disabled = false;
      keep();
    });
    label.append(input, " ", text);
    element("choices").append(label);
  }
}

element("next").addEventListener("click", () => {
  if (place < scenes.length - 1) {
    place += 1;
    show();
    keep();
    return;
  }
  const points = Object.values(right).reduce((sum, each) => sum + each, 0);
  element("next").disabled = true;
  element("answer").textContent = "That was all. Thank you.";
  if (!api) return;
  keep();
  api.LMSSetValue("cmi.core.score.min", "0");
  api.LMSSetValue("cmi.core.score.max", "100");
  api.LMSSetValue("cmi.core.score.raw", String(points * 50));
  api.LMSSetValue("cmi.core.lesson_status", "completed");
  api.LMSFinish("");
});

if (api) {
  api.LMSInitialize("");
  if (api.LMSGetValue("cmi.core.lesson_status") === "not attempted") {
    api.LMSSetValue("cmi.core.lesson_status", "incomplete");
  }
  place = Math.min(Number(api.LMSGetValue("cmi.core.lesson_location")) || 0, scenes.length - 1);
  right = JSON.parse(api.LMSGetValue("cmi.suspend_data") || "{}");
  api.LMSSetValue("cmi.core.exit", "suspend");
}
show();
"""


def build(*, editor: User) -> ScormPage:
    """A module of its own, on no learning path: whoever looks around in the catalogue finds it."""
    stored = packages.store(io.BytesIO(_zip()))
    package = Package.objects.create(
        title=stored.manifest.title,
        sha256=stored.sha256,
        file_name="wet-parcel.zip",
        size=stored.size,
        edition=stored.manifest.edition,
        edition_text=stored.manifest.edition_text,
        items=stored.manifest.to_json()["items"],
        uploaded_by=editor,
    )
    module = ModulePage(
        title="Damaged on the way",
        slug="damaged-on-the-way",
        summary="A short scene made by our colleagues in logistics, with their own authoring tool.",
        minutes=10,
    )
    TrainingIndexPage.objects.get().add_child(instance=module)
    module.save_revision(user=editor).publish(user=editor)
    page = ScormPage(
        title=TITLE,
        slug="a-parcel-is-wet",
        introduction="Four scenes, two decisions. You need 60 % of the points.",
        minutes=5,
        package=package,
    )
    module.add_child(instance=page)
    page.save_revision(user=editor).publish(user=editor)
    return page


def _zip() -> bytes:
    """The same bytes on every machine, so that the demo's package is always the same one."""
    buffer = io.BytesIO()
    files = {
        "imsmanifest.xml": _MANIFEST,
        "index.html": _PAGE,
        "scene.css": _STYLE,
        "scene.js": _SCRIPT,
    }
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text, ZIP_DEFLATED)
    return buffer.getvalue()
