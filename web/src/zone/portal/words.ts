import { dictionary } from '../../kit/words';
import en from './locale/en';
import zh from './locale/zh-CN';

/** What the pages say that show several contexts. */
export const words = dictionary(zh, en);
