/* cppcheck.h - macros of libraries' headers that cppcheck does not read, as far as it needs them. */
#define json_array_foreach(array, i, value) for ((i) = 0; ((value) = json_array_get((array), (i))); (i)++)
#define json_object_foreach(object, key, value) \
    for (void *iter = json_object_iter(object); iter && ((key) = json_object_iter_key(iter), (value) = json_object_iter_value(iter));)
