/** Functions of JSON texts and of SUPER values against the examples of the AWS manual, and beyond them. */
import { answers } from './function-answers.js';

const varchar = 'character varying';
const broken = `'{"f2":{"f3":1},"f4":{"f5":99,"f6":"star"}'`;
const brokenArray = `'[11,12,13,{"f1":21,"f2":[25,26]},14'`;
const parse = (json: string): string => `json_parse('${json}')`;
/** SUPER as the front reads it from the engine. */
const json = (expression: string): string => `rs_super_json(${expression})`;

answers({
  JSON_ARRAY_LENGTH: {
    answers: [
      [`json_array_length('[11,12,13,{"f1":21,"f2":[25,26]},14]')`, '5', 'integer'],
      [`json_array_length(${brokenArray}, true)`, null],
      [`json_array_length('[]')`, '0'],
      ['json_array_length(null)', null],
    ],
    failures: [[`json_array_length(${brokenArray})`, 'XX000', 'JSON parsing error']],
  },
  JSON_EXTRACT_ARRAY_ELEMENT_TEXT: {
    answers: [
      [`json_extract_array_element_text('[111,112,113]', 2)`, '113', varchar],
      [`json_extract_array_element_text('["a",["b",1,["c",2,3,null,]]]', 1, true)`, null],
      [`json_extract_array_element_text('["a",["b", 1.50]]', 1)`, '["b", 1.50]'],
      [`json_extract_array_element_text('["a\\\\"b"]', 0)`, 'a"b'],
      [`json_extract_array_element_text('[1]', -1)`, null],
      [`json_extract_array_element_text('[1]', 1)`, null],
    ],
    failures: [
      [`json_extract_array_element_text('["a",["b",1,["c",2,3,null,]]]', 1)`, 'XX000', 'JSON parsing error'],
    ],
  },
  JSON_EXTRACT_PATH_TEXT: {
    answers: [
      [`json_extract_path_text('{"f2":{"f3":1},"f4":{"f5":99,"f6":"star"}}', 'f4', 'f6')`, 'star', varchar],
      [`json_extract_path_text(${broken}, 'f4', 'f6', true)`, null],
      [`json_extract_path_text('{"farm":{"barn":{"color":"red"}}}', 'farm', 'barn', 'color')`, 'red'],
      [`json_extract_path_text('{"farm":{"barn":{}}}', 'farm', 'barn', 'color')`, null],
      [`json_extract_path_text('{"a":{"b":{"c":{"d":{"e":5}}}}}', 'a', 'b', 'c', 'd', 'e')`, '5'],
      [`json_extract_path_text('{"a":{"b": [1, 2.0]}}', 'a')`, '{"b": [1, 2.0]}'],
      [`json_extract_path_text('{"A":1}', 'a')`, null],
      [`json_extract_path_text('{"a":[1]}', 'a', '0')`, null],
      [`json_extract_path_text('{"a":"x\\\\ny"}', 'a')`, 'x\ny'],
      [`json_extract_path_text(null, 'a')`, null],
    ],
    failures: [
      [`json_extract_path_text(${broken}, 'f4', 'f6')`, 'XX000', 'JSON parsing error'],
      [`json_extract_path_text('[1]', 'a')`, 'XX000', 'JSON parsing error'],
    ],
  },
  IS_VALID_JSON: {
    answers: [
      [`is_valid_json('{"a":2}')`, 't', 'boolean'],
      [`is_valid_json('{"a":{"b":{"c":1}}}')`, 't'],
      [`is_valid_json('{"a": [1,2,"b"]}')`, 't'],
      [`is_valid_json('{{}}')`, 'f'],
      [`is_valid_json('{1:"a"}')`, 'f'],
      [`is_valid_json('[1,2,3]')`, 'f'],
      ['is_valid_json(null)', null],
      [`is_valid_json_array('[]')`, 't', 'boolean'],
      [`is_valid_json_array('["a",["b",1,["c",2,3,null]]]')`, 't'],
      [`is_valid_json_array('{"a":1}')`, 'f'],
      [`is_valid_json_array('a')`, 'f'],
      [`is_valid_json_array('[1,2,]')`, 'f'],
      [`can_json_parse('[10001,10002,"abc"]')`, 't', 'boolean'],
      [`can_json_parse('[')`, 'f'],
    ],
  },
  JSON_PARSE: {
    answers: [
      [json(parse('[10001, 10002, "abc"]')), '[10001,10002,"abc"]'],
      [`json_typeof(${parse('[10001,10002,"abc"]')})`, 'array', varchar],
      [`json_typeof(${parse('{"name":"Joe"}')})`, 'object'],
      [`json_typeof(${parse('1.5')})`, 'number'],
      [`json_typeof(${parse('null')})`, 'null'],
      [`json_typeof(${parse('true')})`, 'boolean'],
      [`json_typeof('x'::super)`, 'string'],
      [`"json_serialize"(${parse('[10001, 10002, "abc"]')})`, '[10001,10002,"abc"]', varchar],
      [
        `json_serialize_to_varbyte(${parse('[10001,10002,"abc"]')})`,
        '\\x5b31303030312c31303030322c22616263225d',
      ],
      [`json_serialize_to_varbyte(${parse('[10001,10002,"abc"]')})::varchar`, '[10001,10002,"abc"]'],
      [`json_size(${parse('[10001,10002,"⬤"]')})`, '19', 'integer'],
      ['json_parse(null)', null],
    ],
  },
  'kinds of SUPER values': {
    answers: [
      [`is_array(${parse('[1,2]')})`, 't', 'boolean'],
      ['is_array(null)', 'f'],
      [`is_object(${parse('{"name":"Joe"}')})`, 't'],
      [`is_object(${parse('[1]')})`, 'f'],
      [`is_scalar(${parse('"Joe"')})`, 't'],
      [`is_scalar(${parse('null')})`, 'f'],
      [`is_boolean(${parse('true')})`, 't'],
      [`is_varchar('é'::super)`, 't'],
      [`is_char('é'::super)`, 'f'],
      [`is_char('t'::super)`, 't'],
      ['is_smallint(5::super)', 't'],
      ['is_smallint(70000::super)', 'f'],
      ['is_integer(70000::super)', 't'],
      ['is_integer(99999999999::super)', 'f'],
      ['is_bigint(99999999999::super)', 't'],
      ['is_bigint(5.0::super)', 'f'],
      ['is_decimal(1.22::super)', 't'],
      [`is_decimal(${parse('2.22e+0')})`, 'f'],
      [`is_float(${parse('2.22e+0')})`, 't'],
      ['is_float(1.22::super)', 'f'],
    ],
  },
  'array functions': {
    answers: [
      [json(`array_concat(${parse('[10001,10002]')}, ${parse('["ab","cd"]')})`), '[10001,10002,"ab","cd"]'],
      [json(`array_concat(${parse('[]')}, ${parse('[]')})`), '[]'],
      [`array_concat(${parse('1')}, ${parse('[]')})`, null],
      [json(`array_flatten(${parse('[[1,2,3,4],[5,6,7,8],[9,10]]')})`), '[1,2,3,4,5,6,7,8,9,10]'],
      [json(`array_flatten(${parse('[1,[],[[2]],"a"]')})`), '[1,[2],"a"]'],
      [`get_array_length(${parse('[1,2,3,4,5,6,7,8,9,10]')})`, '10', 'bigint'],
      [`get_array_length(${parse('{}')})`, null],
      [json(`split_to_array('12|345|6789', '|')`), '["12","345","6789"]'],
      [json(`split_to_array('a,"b')`), '["a","\\"b"]'],
      [json(`subarray(${parse('["a","b","c","d","e","f"]')}, 2, 3)`), '["c","d","e"]'],
      [json(`subarray(${parse('["a","b","c"]')}, -2, 5)`), '["b","c"]'],
      [json(`subarray(${parse('["a"]')}, 3, 1)`), '[]'],
    ],
  },
});
