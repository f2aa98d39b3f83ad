import { dictionary } from '../../../kit/words';
import en from './locale/en';
import zh from './locale/zh-CN';

/** What is said of clocks. */
export const words = dictionary(zh, en);

/** A key of the dictionary of clocks. */
export type ClockKey = keyof typeof zh;
