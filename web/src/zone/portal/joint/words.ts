import { dictionary } from '../../../kit/words';
import en from './locale/en';
import zh from './locale/zh-CN';

/** What the pages of activities, methods and campaigns say, where work and its results meet. */
export const words = dictionary(zh, en);
