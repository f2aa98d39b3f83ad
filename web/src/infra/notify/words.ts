import { dictionary } from '../../kit/words';
import en from './locale/en';
import zh from './locale/zh-CN';

/** What the pages of notices and channels say. */
export const words = dictionary(zh, en);
