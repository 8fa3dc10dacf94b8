/** The page's entry. */
import { render } from 'preact';
import { Dashboard } from './dashboard.tsx';

const root = document.getElementById('app');
if (root !== null) render(<Dashboard />, root);
