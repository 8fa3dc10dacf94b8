/** The page's entry. */
import { render } from 'preact';
import { Gate } from './gate.tsx';

const root = document.getElementById('app');
if (root !== null) render(<Gate />, root);
