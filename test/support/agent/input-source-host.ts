/** A program that captures input until it is ended from outside; prints the capture process's id. */
import { inputSource } from '../../../agent/src/sources/input-source.ts';

const source = inputSource();
await source.start(() => {});
console.log(source.pid);
setInterval(() => {}, 60_000);
