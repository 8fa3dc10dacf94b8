import assert from 'node:assert/strict';
import { appName } from '../../../../agent/src/sources/native/app-name.ts';
import { ghostOf } from '../../../../agent/src/sources/native/ghost-windows.ts';

test('window classes become the names that people know', () => {
  const names = { 'firefox-esr': 'Firefox', 'Google-chrome': 'Google Chrome', Code: 'Visual Studio Code' };
  for (const [raw, name] of Object.entries(names)) assert.equal(appName(raw), name);
});

test('names that need no help stay as they are', () => {
  for (const name of ['XTerm', 'zoom.us', 'Google Chrome', 'Paint.NET', 'Microsoft Word', 'Node.js']) {
    assert.equal(appName(name), name);
  }
});

test('of a reversed domain and a program file the name is left', () => {
  assert.equal(appName('org.gnome.Calculator'), 'Calculator');
  assert.equal(appName('notepad++.exe'), 'notepad++');
});

test('windows that pass by are ghosts, whatever their title', () => {
  assert.equal(ghostOf({ app: 'SearchHost.exe', title: 'Search' }), 'passing');
  assert.equal(ghostOf({ app: 'Windows Explorer', title: 'Task Switching' }), 'passing');
  assert.equal(ghostOf({ app: 'rofi', title: '' }), 'passing');
  assert.equal(ghostOf({ app: '', title: 'dropdown' }), 'passing');
});

test('behind a lock screen or on an empty desktop nobody is at a window', () => {
  assert.equal(ghostOf({ app: 'loginwindow', title: '' }), 'away');
  assert.equal(ghostOf({ app: 'LockApp.exe', title: 'Windows Default Lock Screen' }), 'away');
  assert.equal(ghostOf({ app: 'Windows Explorer', title: 'Program Manager' }), 'away');
  assert.equal(ghostOf({ app: 'i3lock', title: 'i3lock' }), 'away');
});

test('windows that somebody uses are no ghosts', () => {
  assert.equal(ghostOf({ app: 'Windows Explorer', title: 'Documents' }), null);
  assert.equal(ghostOf({ app: 'XTerm', title: '' }), null);
  assert.equal(ghostOf({ app: 'Docker Desktop', title: 'Dock' }), null);
});
