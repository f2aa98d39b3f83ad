import { dictionary } from '../../kit/words';
import en from './locale/en';
import zh from './locale/zh-CN';

/** What the calendar page says. */
export const words = dictionary(zh, en);
