// Runs before the first paint, so that the page does not change its colors afterwards.
const theme = localStorage.getItem('theme')
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
