"""Explanatory diagrams for the demo organisation's training modules, drawn with Pillow."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 630
MARGIN = 70
SCALE = 2  # drawn at twice the size and reduced, so that curves have smooth edges

INK, PAPER, SAND, WHITE = "#1f2a37", "#fbfaf7", "#e9dfcb", "#ffffff"
PINE, HARBOUR, AMBER, BRICK = "#1f6f5c", "#2b5c8a", "#c9822b", "#b4483a"

Point = tuple[float, float]
Box = tuple[float, float, float, float]


class Canvas:
    """A sheet of paper measured in final pixels, whatever the scale it is drawn at."""

    def __init__(self, title: str) -> None:
        self._image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), PAPER)
        self._draw = ImageDraw.Draw(self._image)
        self.text((MARGIN, 52), title, 38)
        self.card((MARGIN, 108, MARGIN + 64, 114), AMBER, radius=3)

    def text(self, at: Point, text: str, size: int, colour: str = INK, anchor: str = "la") -> None:
        """Write text; several lines are aligned as the anchor's first letter says."""
        x, y = at[0] * SCALE, at[1] * SCALE
        font = ImageFont.load_default(size=size * SCALE)
        if "\n" in text:
            align = {"l": "left", "m": "center", "r": "right"}[anchor[0]]
            spacing = size * SCALE * 0.4
            self._draw.multiline_text((x, y), text, colour, font, anchor, spacing, align)
        else:
            self._draw.text((x, y), text, colour, font, anchor)

    def card(self, box: Box, fill: str, radius: int = 18, outline: str | None = None) -> None:
        """Draw a rectangle with rounded corners."""
        scaled = [side * SCALE for side in box]
        self._draw.rounded_rectangle(scaled, radius * SCALE, fill, outline, 2 * SCALE)

    def disc(self, centre: Point, radius: float, fill: str, label: str = "") -> None:
        """Draw a filled circle, with a white label in it if one is given."""
        self._draw.circle((centre[0] * SCALE, centre[1] * SCALE), radius * SCALE, fill)
        if label:
            self.text(centre, label, round(radius * 0.95), WHITE, "mm")

    def line(self, points: list[Point], colour: str = INK, width: int = 3) -> None:
        """Draw a line through the points."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self._draw.line(scaled, colour, width * SCALE, joint="curve")

    def arrow(self, start: Point, length: float, colour: str = INK) -> None:
        """Draw an arrow that points to the right."""
        x, y = start[0] + length, start[1]
        self.line([start, (x - 8, y)], colour)
        head = [(x, y), (x - 13, y - 8), (x - 13, y + 8)]
        self._draw.polygon([(px * SCALE, py * SCALE) for px, py in head], colour)

    def png(self) -> bytes:
        """Return the finished sheet as a PNG file."""
        buffer = io.BytesIO()
        final = self._image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        final.save(buffer, format="PNG", optimize=True)
        return buffer.getvalue()


def four_skills() -> bytes:
    """Four cards: each skill with the question it answers for the customer."""
    canvas = Canvas("Four skills, one conversation")
    skills = [
        ("Respect", "Do they take me seriously?", "Greeting, tone, attention", PINE),
        ("Empathy", "Do they see what it means to me?", "Acknowledging, taking ownership", HARBOUR),
        ("Protocol", "Am I in safe hands?", "Identity, steps, record, escalation", AMBER),
        ("Accuracy", "Is it true, and is it settled?", "Information, solution, next steps", BRICK),
    ]
    width, height, gap = 518, 190, 24
    for index, (name, question, content, colour) in enumerate(skills):
        x = MARGIN + (index % 2) * (width + gap)
        y = 156 + (index // 2) * (height + gap)
        canvas.card((x, y, x + width, y + height), WHITE, outline=SAND)
        canvas.disc((x + 62, y + 95), 34, colour, name[0])
        canvas.text((x + 122, y + 38), name, 30, colour)
        canvas.text((x + 122, y + 84), question, 23)
        canvas.text((x + 122, y + 128), content, 19)
    return canvas.png()


def conversation_arc() -> bytes:
    """A curve of the customer's tension through the five stages of a conversation."""
    canvas = Canvas("The arc of a conversation")
    stages = [
        ("Greet", "Name and\nwelcome", 330, HARBOUR),
        ("Understand", "Let them finish,\nsay it back", 238, HARBOUR),
        ("Acknowledge", "Name how it\naffects them", 222, AMBER),
        ("Solve", "Follow the\nprocedure", 330, PINE),
        ("Agree", "What, by when,\nand who", 392, PINE),
    ]
    base, step = 440, 212
    centres = [MARGIN + step / 2 + step * index for index in range(len(stages))]
    canvas.line([(MARGIN, base), (WIDTH - MARGIN, base)], SAND, 4)
    canvas.text((MARGIN, 150), "The customer's tension", 20)
    curve: list[Point] = []
    for index in range(len(stages) - 1):
        start, end = stages[index][2], stages[index + 1][2]
        for part in range(17):
            t = part / 16
            ease = t * t * (3 - 2 * t)
            curve.append((centres[index] + step * t, start + (end - start) * ease))
    canvas.line(curve, INK, 5)
    for number, (x, (name, hint, y, colour)) in enumerate(zip(centres, stages, strict=True), 1):
        canvas.line([(x, y), (x, base)], SAND, 2)
        canvas.disc((x, y), 22, colour, str(number))
        canvas.text((x, 462), name, 26, colour, "ma")
        canvas.text((x, 504), hint, 19, INK, "ma")
    return canvas.png()


def hold_and_transfer() -> bytes:
    """Two rows of four steps: putting on hold, and transferring warmly."""
    canvas = Canvas("Hold and warm transfer")
    rows = [
        (HARBOUR, "Hold", "Ask, and say\nhow long", "Wait for\na yes",
         "Be back within\n2 minutes", "Thank and\nreport"),
        (PINE, "Transfer", "Say who\nand why", "Brief your\ncolleague",
         "Introduce\nthe customer", "Then leave\nthe call"),
    ]  # fmt: skip
    width, gap, height = 194, 34, 150
    for row, (colour, name, *steps) in enumerate(rows):
        y = 170 + row * (height + 50)
        canvas.text((MARGIN, y + height / 2), name, 30, colour, "lm")
        for index, step in enumerate(steps):
            x = WIDTH - MARGIN - (len(steps) - index) * (width + gap) + gap
            canvas.card((x, y, x + width, y + height), WHITE, outline=SAND)
            canvas.disc((x + width / 2, y + 40), 20, colour, str(index + 1))
            canvas.text((x + width / 2, y + 103), step, 21, INK, "mm")
            if index < len(steps) - 1:
                canvas.arrow((x + width + 5, y + height / 2), gap - 10, colour)
    canvas.text((MARGIN, 548), "No silence, no surprise, no story told twice.", 22)
    return canvas.png()


def escalation_ladder() -> bytes:
    """Three rising steps: who decides what, and how quickly."""
    canvas = Canvas("Who decides what")
    steps = [
        (HARBOUR, "Agent", "Solves it now", "Owns the promise", "Goodwill up to EUR 15"),
        (AMBER, "Shift supervisor", "When the customer asks", "3rd contact, injury or safety",
         "Legal threat, press", "Goodwill up to EUR 50"),
        (PINE, "Specialist desks", "Safety: within 1 hour", "Privacy: within 1 working day",
         "They read your note first:", "nobody repeats the story,", "everybody knows the date"),
    ]  # fmt: skip
    width, gap, bottom = 338, 23, HEIGHT - MARGIN
    for index, (colour, name, *lines) in enumerate(steps):
        x = MARGIN + index * (width + gap)
        y = 310 - index * 50
        canvas.card((x, y, x + width, y + 60), colour)
        canvas.card((x, y + 10, x + width, bottom), WHITE, outline=SAND)
        canvas.disc((x + 44, y + 60), 22, colour, str(index + 1))
        canvas.text((x + 80, y + 60), name, 27, colour, "lm")
        for number, line in enumerate(lines):
            canvas.text((x + 24, y + 106 + number * 36), line, 20)
    return canvas.png()


def e_mail_anatomy() -> bytes:
    """A letter whose five parts are numbered and named beside it."""
    canvas = Canvas("The e-mail that needs no second one")
    parts = [
        ("Greeting", "Dear Ms Moreau,", "The name as they write it", HARBOUR),
        ("Acknowledgement", "You waited in on Tuesday for nothing.", "One, and specific", AMBER),
        ("Answer", "Your table comes on Friday, 8 to 12.", "First lines, with the date", PINE),
        ("Reason", "The van broke down near the depot.", "Short, only if it helps", HARBOUR),
        ("Next step", "I'll check on Friday that it is loaded.", "What, by when, who", BRICK),
    ]
    top, height = 148, 84
    canvas.card((MARGIN, top - 6, 660, top + len(parts) * height + 6), WHITE, outline=SAND)
    for index, (name, sentence, hint, colour) in enumerate(parts):
        y = top + index * height + height / 2
        canvas.card((MARGIN + 16, y - 30, MARGIN + 24, y + 30), colour, radius=4)
        canvas.text((MARGIN + 48, y), sentence, 24, INK, "lm")
        canvas.line([(660, y), (712, y)], SAND)
        canvas.disc((734, y), 22, colour, str(index + 1))
        canvas.text((776, y - 15), name, 25, colour, "lm")
        canvas.text((776, y + 17), hint, 20, INK, "lm")
    return canvas.png()


DRAWINGS: dict[str, Callable[[], bytes]] = {
    "four-skills": four_skills,
    "conversation-arc": conversation_arc,
    "hold-and-transfer": hold_and_transfer,
    "escalation-ladder": escalation_ladder,
    "e-mail-anatomy": e_mail_anatomy,
}
