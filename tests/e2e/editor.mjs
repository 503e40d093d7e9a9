// The editor of texts draws only the lines that are seen: its whole text is asked of it.

/** All that stands in it. */
export const textIn = (box) => box.evaluate((content) => content.cmTile.root.view.state.doc.toString());

/** The line with the cursor, from 1. */
export const lineIn = (box) => box.evaluate((content) => {
	const { doc, selection } = content.cmTile.root.view.state;
	return doc.lineAt(selection.main.head).number;
});

/** Instead of all that stands in it, as if it were pasted. */
export async function write(box, text) {
	await box.press('Control+a');
	await box.page().keyboard.insertText(text);
	await box.evaluate((content, wanted) => new Promise((resolve) => {
		const look = () => (content.cmTile.root.view.state.doc.toString() === wanted ? resolve() : setTimeout(look, 20));
		look();
	}), text);
}
