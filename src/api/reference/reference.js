// Search in the API reference. Without it the page is whole: it only hides what was not asked for.
const field = document.querySelector('#search');
const found = document.querySelector('.found');
const contents = document.querySelector('nav details');
const articles = [...document.querySelectorAll('article[data-text]')];
const gone = (node, yes) => node.toggleAttribute('data-gone', yes);

function search() {
	const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
	let count = 0;
	for (const article of articles) {
		const fits = words.every((word) => article.dataset.text.includes(word));
		count += fits;
		gone(article, !fits);
		gone(document.querySelector(`nav a[href="#${article.id}"]`).parentElement, !fits);
	}
	for (const part of document.querySelectorAll('[data-tag]')) gone(part, !part.querySelector('article:not([data-gone]), li:not([data-gone])'));
	for (const part of document.querySelectorAll('.always')) gone(part, words.length > 0);
	found.textContent = words.length === 0 ? '' : count === 0 ? 'Nothing has all of these words.' : `${count} of ${articles.length} operations`;
	if (words.length > 0) contents.open = true;
}

/** A link into what is hidden shows it. */
function shown() {
	const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
	if (target?.closest('[data-gone]')) {
		field.value = '';
		search();
		target.scrollIntoView();
	}
}

field.closest('.search').hidden = false;
if (!matchMedia('(min-width: 1024px)').matches) contents.open = false;
field.addEventListener('input', search);
addEventListener('hashchange', shown);
addEventListener('keydown', (event) => {
	if (event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey && document.activeElement !== field) {
		event.preventDefault();
		field.focus();
	} else if (event.key === 'Escape' && document.activeElement === field) {
		field.value = '';
		search();
	}
});
search();
